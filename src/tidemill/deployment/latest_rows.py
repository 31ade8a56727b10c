"""The latest labelled rows of an endpoint: what it has answered and how it turned out, to judge a candidate on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidemill.access import Caller
from tidemill.core import Clock, iso, parse_duration
from tidemill.evaluation import GateRule, JudgedRows, why_not_binary
from tidemill.features import TrainingSet
from tidemill.feedback import Feedback, LoggedRows, inputs_of
from tidemill.models import Signature
from tidemill.monitoring import watermark

LEAST_ROWS = 200
_VERSION = "\0version"  # no input can bear this name


class LatestRowsError(Exception):
    """The endpoint's labelled rows do not allow a judgement; the message says why, in words."""


@dataclass(frozen=True)
class Watched:
    """An endpoint whose answers are read, and how long after an answer its label comes."""

    name: str
    label_delay: timedelta


@dataclass(frozen=True)
class LabelledRows:
    """Inputs as they were served, one row each and every column that was sent or looked up; labels, shape (n,); and
    which rows these are."""

    inputs: pl.DataFrame
    y: NDArray[np.float64]
    judged_on: JudgedRows


class LatestRows:
    """Reads what an endpoint has answered lately and labels have come for. Thread-safe."""

    def __init__(self, feedback: Feedback, logged: LoggedRows, clock: Clock) -> None:
        self._feedback = feedback
        self._logged = logged
        self._clock = clock

    def read(
        self, caller: Caller, endpoint: Watched, rule: GateRule, since: datetime, signatures: Sequence[Signature]
    ) -> LabelledRows:
        """Return the labelled rows of the rule's window before the watermark.

        since: rows before it are left out, since a model may have learnt from them. signatures: of the models that
        are to answer; rows for which one of their inputs was never logged are left out too.
        Of an endpoint whose labels take time the window ends so much earlier: the labels that come first are not
        like the rest.

        Raises LatestRowsError when fewer than 200 rows remain, or labels of one class only, or of a binary model
        labels other than 0 and 1.
        """
        self._logged.catch_up(caller.project, endpoint.name)
        span = self._logged.span(caller.project, endpoint.name)
        if span is None or span.last_event_at is None:
            raise LatestRowsError("the endpoint has answered nothing yet")
        reached = watermark(span.last_event_at, span.last_recorded_at, self._clock.now())
        reached = _before(reached, endpoint.label_delay)
        end = min(span.last_event_at, reached) + timedelta(microseconds=1)
        start = max(since, _before(end, parse_duration(rule.window)))
        if start >= end:
            raise LatestRowsError(f"what the endpoint has answered since {since:%Y-%m-%d} has no labels yet")
        frame = self._feedback.labelled(caller.project, endpoint.name, start, end)
        return _usable(frame, (start, end), signatures)


def not_learnt_from(*holdouts: TrainingSet | tuple[datetime, datetime] | None) -> datetime:
    """Return the event time from which on a row was learnt by none: the latest start of the holdouts.

    A holdout is given as its rows, or as its first and last event time.
    """
    return max(
        (_first(holdout) for holdout in holdouts if holdout is not None), default=datetime.min.replace(tzinfo=UTC)
    )


def judged_holdout(rows: TrainingSet, instead: str = "") -> JudgedRows:
    """Return which rows a candidate's labelled holdout are."""
    at = rows.frame[rows.event_time]
    first, last = (_text(each) for each in (at.min(), at.max()))
    return JudgedRows("holdout", len(rows), first, last, instead)


def _usable(frame: pl.DataFrame, window: tuple[datetime, datetime], signatures: Sequence[Signature]) -> LabelledRows:
    labelled = frame.filter(pl.col("label").is_not_null() & pl.col("label").is_finite())
    between = f"from {window[0]:%Y-%m-%d} to {window[1]:%Y-%m-%d}"
    if labelled.height < LEAST_ROWS:
        raise LatestRowsError(f"only {labelled.height:,} answers {between} have a label, {LEAST_ROWS} are needed")
    names = dict.fromkeys(column.name for signature in signatures for column in signature.inputs)
    rows = _logged_whole(labelled, list(names), between)
    inputs, y = inputs_of(rows), rows["label"].to_numpy()
    if any(signature.task == "binary" for signature in signatures) and (why := why_not_binary(y)):
        raise LatestRowsError(f"of the answers {between}, {why}")
    if all(signature.task == "binary" for signature in signatures) and len(np.unique(y)) < 2:
        raise LatestRowsError(f"all {rows.height:,} labels {between} are {y[0]:g}")
    first, last = (_text(at) for at in (rows["event_at"].min(), rows["event_at"].max()))
    return LabelledRows(inputs, y, JudgedRows("latest_labelled", rows.height, first, last))


def _logged_whole(rows: pl.DataFrame, names: list[str], between: str) -> pl.DataFrame:
    """Leave out the rows of versions that never logged one of the inputs: a null there is not a missing value."""
    inputs = inputs_of(rows)
    missing = [name for name in names if name not in inputs.columns]
    if missing:
        raise LatestRowsError(f"the input {missing[0]!r} was not logged {between}")
    known = inputs.select(pl.col(name).is_not_null() for name in names).with_columns(rows["model"].alias(_VERSION))
    whole = known.select(pl.all_horizontal(pl.col(name).any().over(_VERSION) for name in names)).to_series()
    if whole.sum() < LEAST_ROWS:
        raise LatestRowsError(f"only {whole.sum():,} labelled answers {between} were logged with every input of both")
    return rows.filter(whole)


def _before(at: datetime, by: timedelta) -> datetime:
    """Return an instant so much earlier, the calendar's first when there is none."""
    return at - min(by, at - datetime.min.replace(tzinfo=UTC))


def _first(holdout: TrainingSet | tuple[datetime, datetime]) -> datetime:
    if isinstance(holdout, tuple):
        return holdout[0]
    return _aware(holdout.frame[holdout.event_time].min())


def _aware(at: object) -> datetime:
    """Return a value of an event time column as an aware instant."""
    if not isinstance(at, datetime):  # a column of dates
        at = datetime.fromisoformat(str(at))
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _text(at: object) -> str:
    return iso(_aware(at))
