"""tidemill label: record labels from a file."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json
from tidemill.cli.session import open_session
from tidemill.client import Client, Labelled
from tidemill.core import UsageError, did_you_mean, from_iso
from tidemill.feedback import NewLabel, check_labels

app = typer.Typer()
_BATCH = 5000
_COLUMNS = ("prediction_id", "label", "event_at")
_READERS: dict[str, Callable[[Any], pl.DataFrame]] = {
    ".parquet": pl.read_parquet,
    ".csv": pl.read_csv,
    ".ndjson": pl.read_ndjson,
    ".jsonl": pl.read_ndjson,
}


@app.command()
def label(
    source: Annotated[str, typer.Argument(help="A file of labels: .csv, .jsonl or .parquet; - reads standard input.")],
    correct: Annotated[bool, typer.Option("--correct", help="Replace labels that were given before.")] = False,
    url: Annotated[str | None, typer.Option("--url", help="A server to send them to.  [default: this store]")] = None,
    token: Annotated[str | None, typer.Option("--token", envvar="TIDEMILL_TOKEN", help="A token.")] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Record what turned out true, from a file with the columns prediction_id, label and, if known, event_at."""
    frame = _read(source)
    labels = _labels(frame)
    check_labels(labels)
    n_empty = frame.height - len(labels)
    if url is not None:
        with Client(url, token) as client:
            found = _send(labels, lambda batch: client.label([_plain(each) for each in batch], correct=correct))
    else:
        session = open_session(folder, home, project)
        feedback = session.workspace.feedback
        found = _send(labels, lambda batch: feedback.record(session.caller, batch, correct=correct))
    if json:
        print_json({"n_labels": len(labels), "n_without_label": n_empty, **_told(found)})
        return
    facts = {"accepted": found.n_accepted, "known before": found.n_repeated, "in quarantine": found.n_quarantined}
    facts |= {f"  {reason}": count for reason, count in sorted(found.reasons.items())}
    if n_empty:
        facts["rows without a label"] = n_empty
    print_facts({name: f"{count:,}" for name, count in facts.items()})
    if found.n_quarantined:
        typer.echo("'tidemill labels ENDPOINT' lists what waits in quarantine")


def _send(labels: Sequence[NewLabel], record: Callable[[Sequence[NewLabel]], Any]) -> Labelled:
    total = Labelled()
    batches = [labels[start : start + _BATCH] for start in range(0, len(labels), _BATCH)]
    with typer.progressbar(batches, label="labels", file=sys.stderr, hidden=not sys.stderr.isatty()) as shown:
        for batch in shown:
            total = total.plus(_told(record(batch)))
    return total


def _told(found: Any) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ("n_accepted", "n_repeated", "n_quarantined", "reasons")}


def _read(source: str) -> pl.DataFrame:
    try:
        if source == "-":
            data = sys.stdin.buffer.read()
            reader = _READERS[".jsonl" if data.lstrip()[:1] == b"{" else ".csv"]
            return _with_columns(reader(io.BytesIO(data)), "standard input")
        path = Path(source)
        if path.suffix not in _READERS:
            raise UsageError(f"{source} ends in {path.suffix or 'nothing'}; labels are read from {', '.join(_READERS)}")
        return _with_columns(_READERS[path.suffix](path), source)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"{source} cannot be read as labels: {str(error).splitlines()[0]}") from error


def _with_columns(frame: pl.DataFrame, where: str) -> pl.DataFrame:
    for name in _COLUMNS[:2]:
        if name not in frame.columns:
            raise UsageError(
                f"{where} has no column {name!r}.{did_you_mean(name, frame.columns)} There is: "
                f"{', '.join(frame.columns)}; labels need prediction_id and label, and may have event_at"
            )
    return frame.select(name for name in _COLUMNS if name in frame.columns)


def _labels(frame: pl.DataFrame) -> list[NewLabel]:
    """Return the rows that have a label. What is none in them is told by `check_labels`."""
    known = frame.filter(pl.col("label").is_not_null())
    times = known["event_at"].to_list() if "event_at" in known.columns else [None] * known.height
    return [
        NewLabel(id_, value, _instant(at))
        for id_, value, at in zip(known["prediction_id"].to_list(), known["label"].to_list(), times, strict=True)
    ]


def _instant(at: object) -> datetime | None:
    if at is None or at == "":
        return None
    return at if isinstance(at, datetime) else from_iso(str(at))


def _plain(label: NewLabel) -> dict[str, Any]:
    return {"prediction_id": label.prediction_id, "label": label.label, "event_at": label.event_at}
