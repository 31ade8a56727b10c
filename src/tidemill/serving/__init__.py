"""Serving: the data plane. It reads snapshots and online features, answers, and writes the prediction log.

snapshot          the format of a deployed revision; writing and reading it
request           decoding a request; request_fault says what is wrong with one
feature_lookup    online features by key, no older than their TTL
quick_reads       refusing at once while the online store does not answer
matrix_encoder    from rows to the model's matrix
served_endpoint   a loaded revision: from requests to answers and log records
times             the clock of the records, and their ids
repeats           requests that carry an id are answered once;  answer_memory, log_follower and request_locks are how
answer_body       the JSON of an answer
turn              requests that arrived together are answered together
state             what is served now: one immutable value;  watch loads revisions and swaps them in
segments          framed, checksummed log segments;  records is what their frames hold
log_seal          sealing what they hold where the store is encrypted
log_writer        writing the prediction log beside the request path;  worker_slot is who writes
prediction_log    reading it
erasing           blanking erased predictions in it
telemetry         Prometheus text
door              Host, Origin and tokens
rsgi              paths and status codes
process           starting it: `python -m tidemill.serving`  (needs granian, import it by its file)

Nothing here opens the records database, and nothing on the request path waits for the control plane.
"""

from __future__ import annotations

from tidemill.serving.prediction_log import LoggedFeatures, LoggedPrediction, PredictionLog
from tidemill.serving.segments import Damage
from tidemill.serving.snapshot import (
    OnlineView,
    RequestColumn,
    Snapshot,
    read_files,
    read_pointer,
    read_snapshot,
    withdraw_snapshot,
    write_snapshot,
)

__all__ = [
    "Damage",
    "LoggedFeatures",
    "LoggedPrediction",
    "OnlineView",
    "PredictionLog",
    "RequestColumn",
    "Snapshot",
    "read_files",
    "read_pointer",
    "read_snapshot",
    "withdraw_snapshot",
    "write_snapshot",
]
