"""Answers of a version without an endpoint: computed here, from a file of rows, and not logged."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import polars as pl

from tidemill.cli.session import open_session
from tidemill.client import Prediction
from tidemill.core import UsageError
from tidemill.outside_models import predict_rows


def answer_here(
    folder: Path, home: Path | None, project: str | None, reference: str, rows: list[dict[str, Any]]
) -> list[Prediction]:
    """Return the answers of a version to rows; they have no prediction id. Raises what `predict_rows` raises."""
    session = open_session(folder, home, project)
    if not rows:
        return []
    try:
        frame = pl.DataFrame(rows, infer_schema_length=None)
    except pl.exceptions.PolarsError as error:
        raise UsageError(f"the rows are no table: {str(error).splitlines()[0]}") from error
    version = session.workspace.registry.get(session.caller, reference)
    values = predict_rows(session.workspace, session.caller, version.reference, frame)
    return [Prediction("", value if math.isfinite(value) else None, version.reference) for value in values]
