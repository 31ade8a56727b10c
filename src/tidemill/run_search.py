"""Searching runs from a notebook or script: in the store of the folder one is in, or on a server, alike."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from tidemill.access import local_caller
from tidemill.app import open_workspace
from tidemill.client import Client
from tidemill.core import load_settings
from tidemill.tracking import RunQuery, parse_fields, parse_order, parse_where
from tidemill.tracking.run_frames import RunTable

_TOKEN = "TIDEMILL_TOKEN"  # noqa: S105 - the name of a variable


def search_runs(  # noqa: PLR0913 - keywords that read as a sentence
    where: str = "",
    order_by: str | Sequence[str] = (),
    *,
    experiments: Sequence[str] = (),
    fields: Sequence[str] | None = None,
    limit: int | None = None,
    url: str = "",
    home: Path | str | None = None,
) -> pl.DataFrame:
    """Return found runs as a polars frame.

    where: a filter, as ``metrics.auc > 0.7 AND tags.team = 'tide'``. order_by: one order or several, as
        ``metrics.auc DESC``; newest first without one. experiments: names; all without any.
    fields: columns to read, as ``metrics.auc``, ``params`` for all params; all that the found runs have without them.
    limit: at most so many runs. url: of a server, with the token in TIDEMILL_TOKEN; else the store of the folder one is
        in, or of `home`.

    Columns: run_id, run_name, experiment, status, started_at, ended_at, created_by, then metrics.KEY (numbers),
    params.KEY and tags.KEY (text), null where a run has none.

    >>> import tempfile
    >>> search_runs("metrics.auc > 0.7", fields=["metrics.auc"], home=tempfile.mkdtemp()).columns[-1]
    'metrics.auc'

    Raises UsageError for what cannot be asked, UnavailableError when the server cannot be reached.
    """
    orders = (order_by,) if isinstance(order_by, str) else tuple(order_by)
    query = RunQuery(
        parse_where(where), tuple(map(parse_order, orders)), tuple(experiments), shown=parse_fields(fields)
    )
    if url:
        with Client(url, os.environ.get(_TOKEN) or None, timeout_s=600.0) as client:
            asked = {"where": where, "order_by": list(orders), "experiment": list(experiments), "limit": limit}
            named = None if fields is None else list(fields) or [""]
            return pl.read_parquet(io.BytesIO(client.read("/api/runs/export", format="parquet", fields=named, **asked)))
    here = Path()
    settings = load_settings(here, home=Path(home).absolute() if home is not None else None)
    workspace = open_workspace(here, settings)
    try:
        return RunTable(workspace.tracking, local_caller(settings.project), query, limit).frame()
    finally:
        workspace.database.close()
