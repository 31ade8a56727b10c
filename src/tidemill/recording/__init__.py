"""Recording: what a training program logs, journalled on its own disk and brought to a store or a server.

current        beginning a run; functions that log to the current one
active_run     a run that is going on; run_writer: its journal, in this process
journal        the append-only file that what is logged goes to; frames, entries: what is in it
journal_seal  sealing it where the store is encrypted
journal_reader reading it again, in batches
drain          bringing one journal to its destination
destinations   the store of a folder, or a server
recorder       the threads of a process that do so
left_journals  journals whose process has ended; sync: bringing all of a folder
files          text, tables, pictures and figures as files
capture        what is noted of where a run comes from; system_metrics: how busy the machine is
callbacks      what training libraries call: explicit, nothing is patched
complaints     what goes wrong, said once
limits         every limit
"""

from __future__ import annotations

from tidemill.recording import callbacks
from tidemill.recording.active_run import ActiveRun
from tidemill.recording.current import (
    RunSettings,
    current_run,
    log_artifact,
    log_artifacts,
    log_dict,
    log_figure,
    log_image,
    log_metric,
    log_metrics,
    log_param,
    log_params,
    log_table,
    log_text,
    run,
    set_tag,
    set_tags,
)
from tidemill.recording.limits import LIMITS, Limit
from tidemill.recording.sync import SyncReport, sync

__all__ = [
    "LIMITS",
    "ActiveRun",
    "Limit",
    "RunSettings",
    "SyncReport",
    "callbacks",
    "current_run",
    "log_artifact",
    "log_artifacts",
    "log_dict",
    "log_figure",
    "log_image",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "log_table",
    "log_text",
    "run",
    "set_tag",
    "set_tags",
    "sync",
]
