"""tidemill predict: ask an endpoint for predictions."""

from __future__ import annotations

import json as json_codec
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, print_table
from tidemill.client import Client, Prediction
from tidemill.core import UsageError, load_settings, new_id

app = typer.Typer(add_completion=False)
_BATCH = 500


@app.command()
def predict(
    endpoint: Annotated[
        str,
        typer.Argument(help="An endpoint; or a version as delay/3 or delay@best, answered here, unlogged."),
    ],
    source: Annotated[Path | None, typer.Argument(help="A file of rows: .parquet, .csv or .ndjson.")] = None,
    output: Annotated[Path | None, typer.Argument(help="Where to write the answers: .parquet or .csv.")] = None,
    row: Annotated[str | None, typer.Option("--row", help="One row as a JSON object.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="The data plane.  [default: the local one]")] = None,
    token: Annotated[str | None, typer.Option("--token", envvar="TIDEMILL_TOKEN", help="A token.")] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Ask an endpoint for predictions over HTTP, from a file of rows or one row."""
    settings = load_settings(folder, project=project)
    rows = _rows(source, row)
    if "/" in endpoint or "@" in endpoint:
        # Imported for it alone: who asks an endpoint needs no store.
        from tidemill.cli.predict_here import answer_here

        _tell(answer_here(folder, home, project, endpoint, rows), output, json=json)
        return
    address = url or f"http://{settings.host}:{settings.data_plane_port()}"
    with Client(address, token) as client:
        answers = _ask(client, endpoint, rows, settings.project)
    _tell(answers, output, json=json)


def _tell(answers: list[Prediction], output: Path | None, *, json: bool) -> None:
    if output is not None:
        _write(output, answers)
        typer.echo(f"{len(answers):,} predictions written to {output}")
    elif json:
        print_json(answers)
    else:
        shown = [(a.prediction_id, "NaN" if a.value is None else f"{a.value:.6f}", a.model) for a in answers]
        print_table(("prediction", "value", "model"), shown, "the file has no rows")


def _ask(client: Client, endpoint: str, rows: list[dict[str, Any]], project: str) -> list[Prediction]:
    """Return the answers to all rows. A data plane that goes away in the middle is waited for; the first one is not."""
    answers: list[Prediction] = []
    call = new_id()
    for start in range(0, len(rows), _BATCH):
        request_id = f"{call}-{start}" if start else None
        answers += client.predict(endpoint, rows[start : start + _BATCH], project=project, request_id=request_id)
    return answers


def _rows(source: Path | None, row: str | None) -> list[dict[str, Any]]:
    if source is not None and row is None:
        return _read(source)
    if row is None or source is not None:
        raise UsageError("give either a file of rows or one row with --row '{...}'")
    try:
        value = json_codec.loads(row)
    except ValueError as error:
        raise UsageError(f"--row is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise UsageError(f"--row is {type(value).__name__}; give an object with the request's columns")
    return [value]


def _read(source: Path) -> list[dict[str, Any]]:
    readers: dict[str, Callable[[Path], pl.DataFrame]] = {
        ".parquet": pl.read_parquet,
        ".csv": pl.read_csv,
        ".ndjson": pl.read_ndjson,
        ".jsonl": pl.read_ndjson,
    }
    if source.suffix not in readers:
        raise UsageError(f"{source} ends in {source.suffix or 'nothing'}; rows are read from {', '.join(readers)}")
    try:
        return readers[source.suffix](source).to_dicts()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"{source} cannot be read as rows: {str(error).splitlines()[0]}") from error


def _write(output: Path, answers: list[Prediction]) -> None:
    frame = pl.DataFrame([{"prediction_id": a.prediction_id, "value": a.value, "model": a.model} for a in answers])
    if output.suffix == ".parquet":
        frame.write_parquet(output)
    elif output.suffix == ".csv":
        frame.write_csv(output)
    else:
        raise UsageError(f"{output} ends in {output.suffix or 'nothing'}; answers are written to .parquet or .csv")
