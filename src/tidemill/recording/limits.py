"""The limits of logging and of the batches that bring it to a store: the one list, told by `tidemill limits`."""

from __future__ import annotations

from typing import NamedTuple

from tidemill.recording.entries import (
    LARGEST_STEP,
    LONGEST_KEY,
    LONGEST_NAME,
    LONGEST_PARAM,
    LONGEST_TAG,
    MOST_FRAME_BYTES,
)
from tidemill.recording.files import LONGEST_PATH, MOST_FILE_BYTES, MOST_FILES
from tidemill.recording.journal import MOST_HELD_BYTES, MOST_JOURNAL_BYTES
from tidemill.tracking import LEASE_S, MOST_BATCH_BYTES, MOST_PARAMS, MOST_POINTS, MOST_TAGS


class Limit(NamedTuple):
    """A limit: what it is of, how much that is, in what unit, and what happens beyond it."""

    of: str
    most: int
    unit: str
    beyond: str


_SKIPPED = "one line says so, the rest is logged"
_SPLIT = "the client splits; a server answers 400 or 413"

LIMITS = (
    Limit("key of a param, metric or tag", LONGEST_KEY, "characters", _SKIPPED),
    Limit("name of an experiment or a run", LONGEST_NAME, "characters", "tm.run raises UsageError"),
    Limit("value of a param", LONGEST_PARAM, "characters", "it is cut, and one line says so"),
    Limit("value of a tag", LONGEST_TAG, "characters", "it is cut, and one line says so"),
    Limit("step", LARGEST_STEP, "either way of 0", _SKIPPED),
    Limit("path of an artifact", LONGEST_PATH, "characters", _SKIPPED),
    Limit("artifact", MOST_FILE_BYTES, "bytes", _SKIPPED),
    Limit("files of one log_artifacts", MOST_FILES, "files", "those beyond are left out, and one line says so"),
    Limit("points of a batch", MOST_POINTS, "points", _SPLIT),
    Limit("params of a batch", MOST_PARAMS, "params", _SPLIT),
    Limit("tags of a batch", MOST_TAGS, "tags", _SPLIT),
    Limit("body of a batch", MOST_BATCH_BYTES, "bytes", _SPLIT),
    Limit("entry of a journal", MOST_FRAME_BYTES, "bytes", _SKIPPED),
    Limit("journal of a run and process", MOST_JOURNAL_BYTES, "bytes", "what comes then is lost, and one line says so"),
    Limit("held in memory while the disk is full", MOST_HELD_BYTES, "bytes", "what comes then is lost, and counted"),
    Limit("silence of a running process", LEASE_S, "seconds", "its run is closed as killed; it goes on when heard of"),
)
