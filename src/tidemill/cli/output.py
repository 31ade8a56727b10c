"""Printing: the same facts as lines and tables for people, or as JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import typer

from tidemill.core import iso


def print_json(value: Any) -> None:
    """Print a value as JSON, records as objects, instants as ISO 8601."""
    typer.echo(json.dumps(value, default=_plain, indent=2 if sys.stdout.isatty() else None, ensure_ascii=False))


@contextmanager
def only_json(wanted: bool) -> Iterator[None]:
    """Send what user code prints in the block to standard error when standard output is for JSON.

    That of programs it starts and of compiled libraries too, which write to the descriptor.
    """
    if not wanted:
        yield
        return
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
    """Print rows under their columns' names, aligned; say what to do when there are none."""
    if not rows:
        typer.echo(empty)
        return
    cells = [[safe_text(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(columns), *cells]) for i in range(len(columns))]
    typer.secho("  ".join(name.ljust(width) for name, width in zip(columns, widths, strict=True)).rstrip(), dim=True)
    for line in cells:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def print_facts(facts: Mapping[str, object]) -> None:
    """Print names and values, one a line, aligned."""
    width = max((len(name) for name in facts), default=0)
    for name, value in facts.items():
        typer.echo(f"{typer.style(name.ljust(width), dim=True)}  {safe_text(value)}")


def safe_text(value: object) -> str:
    """Return a value as one line that cannot steer a terminal: control characters are written as escapes.

    >>> safe_text("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    if value is None:
        return "-"
    text = value if isinstance(value, str) else str(value)
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def short_time(text: str) -> str:
    """Return a stored instant to the second.

    >>> short_time("2013-03-01T05:00:00.000000Z")
    '2013-03-01 05:00:00Z'
    """
    return f"{text[:10]} {text[11:19]}Z"


def size_text(n_bytes: int) -> str:
    """Return a number of bytes for people.

    >>> size_text(999), size_text(1_234_567)
    ('999 B', '1.2 MB')
    """
    size, units = float(n_bytes), iter(("B", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while size >= 1000 and unit != "TB":
        size, unit = size / 1000, next(units)
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


def _plain(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
