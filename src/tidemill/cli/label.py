"""tidemill label: record labels from a file."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import polars as pl
import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json
from tidemill.cli.session import open_session
from tidemill.client import Client, Labelled
from tidemill.core import UsageError, did_you_mean, from_iso
from tidemill.feedback import NewLabel, check_labels

app = typer.Typer(add_completion=False)
_BATCH = 5000
_COLUMNS = ("prediction_id", "label", "event_at")
_Columns = dict[str, list[Any]]


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
    columns = _read(source)
    labels = _labels(columns)
    check_labels(labels)
    n_empty = len(columns["label"]) - len(labels)
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


def _read(source: str) -> _Columns:
    try:
        if source == "-":
            data = sys.stdin.buffer.read()
            reader = _READERS[".jsonl" if data.lstrip()[:1] == b"{" else ".csv"]
            return _checked(reader(data), "standard input")
        path = Path(source)
        if path.suffix not in _READERS:
            raise UsageError(f"{source} ends in {path.suffix or 'nothing'}; labels are read from {', '.join(_READERS)}")
        return _checked(_READERS[path.suffix](path.read_bytes()), source)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"{source} cannot be read as labels: {str(error).splitlines()[0]}") from error


def _of_parquet(data: bytes) -> _Columns:
    return pl.read_parquet(io.BytesIO(data)).to_dict(as_series=False)


def _of_csv(data: bytes) -> _Columns:
    """Read each value by itself: what the first rows look like says nothing of the others."""
    columns = pl.read_csv(io.BytesIO(data), infer_schema=False).to_dict(as_series=False)
    if "label" in columns:
        columns["label"] = [_value(text) for text in columns["label"]]
    return columns


def _of_json_lines(data: bytes) -> _Columns:
    rows = []
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise UsageError(f"line {number} is not JSON: {error}") from error
        if not isinstance(row, dict):
            raise UsageError(f"line {number} is {line[:40].decode(errors='replace')!r}; it is an object for each label")
        rows.append(row)
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


_READERS: dict[str, Callable[[bytes], _Columns]] = {
    ".parquet": _of_parquet,
    ".csv": _of_csv,
    ".ndjson": _of_json_lines,
    ".jsonl": _of_json_lines,
}


def _value(text: str | None) -> object:
    """Return the boolean or number that a text spells; any other text as it is."""
    if not text:
        return None
    if text.strip().lower() in {"true", "false"}:
        return text.strip().lower() == "true"
    try:
        return float(text)
    except ValueError:
        return text


def _checked(columns: _Columns, where: str) -> _Columns:
    for name in _COLUMNS[:2]:
        if name not in columns:
            raise UsageError(
                f"{where} has no column {name!r}.{did_you_mean(name, columns)} There is: "
                f"{', '.join(columns)}; labels need prediction_id and label, and may have event_at"
            )
    return columns


def _labels(columns: _Columns) -> list[NewLabel]:
    """Return the rows that have a label. What is none in them is told by `check_labels`."""
    times = columns.get("event_at") or [None] * len(columns["label"])
    return [
        NewLabel(id_, value, _instant(at))
        for id_, value, at in zip(columns["prediction_id"], columns["label"], times, strict=True)
        if value is not None
    ]


def _instant(at: object) -> datetime | None:
    if at is None or at == "":
        return None
    return at if isinstance(at, datetime) else from_iso(str(at))


def _plain(label: NewLabel) -> dict[str, Any]:
    return {"prediction_id": label.prediction_id, "label": label.label, "event_at": label.event_at}
