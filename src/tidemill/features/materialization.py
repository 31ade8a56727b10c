"""What one materialization brought into the online store: how far, how many keys, which columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tidemill.features.request_columns import RequestType


@dataclass(frozen=True)
class Materialization:
    """The watermark of a view: every key's newest values known by `until` are in the online store.

    `columns` are the features in stored order, with the type of their values; `keys` the columns of the entity's key,
    none in records of an older Tidemill. n_suppressed: keys that were left out of this materialization, since they
    were erased.
    """

    view: str
    n_keys: int
    until: datetime
    columns: tuple[tuple[str, RequestType], ...]
    created_at: datetime
    created_by: str
    keys: tuple[str, ...] = ()
    n_suppressed: int = 0
