"""What a search of runs is asked with over HTTP, and how the runs, curves and files it gives are answered."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import StreamingResponse

from tidemill.core import UsageError
from tidemill.tracking import RunDetail, RunQuery, parse_fields, parse_order, parse_where
from tidemill.tracking.curves import Curve, CurveQuery
from tidemill.tracking.queries import NONE
from tidemill.tracking.run_frames import RunTable, check_format

_PIECE = 1 << 18
_MEDIA = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
Texts = Annotated[list[str] | None, Query()]


class RunsAsked:
    """The parameters of a search: where, order_by, experiment, view, fields and after; the repeated ones as lists.

    fields: an empty one asks for none of what runs logged.
    """

    def __init__(
        self,
        where: str = "",
        order_by: Texts = None,
        experiment: Texts = None,
        view: str = "active",
        after: str | None = None,
    ) -> None:
        self.where, self.orders, self.experiments = where, order_by or [], experiment or []
        self.view, self.after = view, after

    def query(self, fields: list[str] | None, limit: int) -> RunQuery:
        """Return the search. Raises UsageError."""
        return RunQuery(
            parse_where(self.where),
            tuple(map(parse_order, self.orders)),
            tuple(self.experiments),
            limit,
            self.after,
            self.view,  # type: ignore[arg-type] # it is checked there
            NONE if fields is None else parse_fields([each for each in fields if each]),
        )


class FileAsked:
    """The parameters of a file: format (parquet or csv), limit, and raw for a CSV with texts as they are."""

    def __init__(
        self,
        kind: Annotated[str, Query(alias="format")] = "parquet",
        limit: int | None = None,
        raw: bool = False,
    ) -> None:
        self.kind, self.limit, self.raw = kind, limit, raw


class CurvesAsked:
    """The parameters of curves: run and key, both repeated, from and to (steps), points."""

    def __init__(
        self,
        run: Annotated[list[str], Query()],
        key: Annotated[list[str], Query()],
        first: Annotated[int | None, Query(alias="from")] = None,
        to: int | None = None,
        points: int = 1000,
    ) -> None:
        self.query = CurveQuery(tuple(run), tuple(key), first, to, points)


def run_json(detail: RunDetail, *, logged: bool) -> dict[str, Any]:
    """Return a run as one object, with the last values of what it logged when that was asked for."""
    run = asdict(detail.run)
    if logged:
        run["metrics"] = {key: number_json(point.value) for key, point in detail.metrics.items()}
        run["params"], run["tags"] = detail.params, detail.tags
    return run


def curve_json(curve: Curve) -> dict[str, Any]:
    """Return a curve as columns; numbers that JSON does not have are texts: NaN, Infinity, -Infinity."""
    values = curve.points.values.tolist()
    if not all(map(math.isfinite, values)):
        values = [number_json(value) for value in values]
    return {
        "run_id": curve.run_id,
        "key": curve.key,
        "n_points": curve.n_points,
        "exact": curve.exact,
        "steps": curve.points.steps.tolist(),
        "at": curve.points.at.tolist(),
        "values": values,
    }


def number_json(value: float) -> float | str:
    """Return a number as JSON can hold it.

    >>> number_json(0.5), number_json(float("-inf"))
    (0.5, '-Infinity')
    """
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def exported(table: RunTable, kind: str, *, raw: bool) -> StreamingResponse:
    """Return the answer that is a file of found runs, written page by page before it is sent. Raises UsageError."""
    check_format(kind)
    if table.limit is not None and table.limit < 1:
        raise UsageError(f"the limit {table.limit}; use 1 or more, or none")
    folder = tempfile.TemporaryDirectory()
    try:
        file = Path(folder.name, f"runs.{kind}")
        table.write(file, raw=raw)
        stream = file.open("rb")
    except BaseException:
        folder.cleanup()
        raise

    def pieces() -> Iterator[bytes]:
        with folder, stream:
            while piece := stream.read(_PIECE):
                yield piece

    headers = {"Content-Disposition": f'attachment; filename="runs.{kind}"', "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(pieces(), 200, headers, _MEDIA[kind])
