"""Size report: lines and functions per room, with the longest file and function of each.

    python tools/sizes.py            print the table
    python tools/sizes.py --json     the same as JSON

Standard library only. A line counts when it is not blank; strings and comments count too.
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "tidemill"


@dataclass(frozen=True)
class FunctionSize:
    """One function or method and the lines from its `def` to its end, docstring excluded."""

    name: str
    lines: int


@dataclass(frozen=True)
class FileSize:
    """One file: its path inside the package, its lines, its functions."""

    path: str
    room: str
    lines: int
    functions: tuple[FunctionSize, ...]


@dataclass(frozen=True)
class RoomSize:
    """The line of one room in the table."""

    room: str
    files: int
    lines: int
    functions: int
    median_function: float
    longest_function: str
    longest_file: str


def measure(package: Path = PACKAGE) -> list[FileSize]:
    """Measure every Python file of the package, in the order of their paths."""
    return [_measure_file(path, package) for path in sorted(package.rglob("*.py"))]


def _measure_file(path: Path, package: Path) -> FileSize:
    text = path.read_text(encoding="utf-8")
    place = path.relative_to(package)
    room = place.parts[0] if len(place.parts) > 1 else place.stem
    functions = tuple(FunctionSize(name, _length(node)) for name, node in _functions(ast.parse(text)))
    return FileSize(place.as_posix(), room, sum(1 for line in text.splitlines() if line.strip()), functions)


def _functions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{child.name}", child
            yield from _functions(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        else:
            yield from _functions(child, prefix)


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        length -= (first.end_lineno or first.lineno) - first.lineno + 1
    return length


def by_room(files: Sequence[FileSize]) -> list[RoomSize]:
    """Sum the files up by room, the largest room first."""
    rooms: dict[str, list[FileSize]] = defaultdict(list)
    for file in files:
        rooms[file.room].append(file)
    return sorted((_sum_up(room, members) for room, members in rooms.items()), key=lambda size: -size.lines)


def _sum_up(room: str, files: Sequence[FileSize]) -> RoomSize:
    functions = [function for file in files for function in file.functions]
    longest_file = max(files, key=lambda file: file.lines)
    longest = max(functions, key=lambda function: function.lines, default=None)
    return RoomSize(
        room=room,
        files=len(files),
        lines=sum(file.lines for file in files),
        functions=len(functions),
        median_function=statistics.median(function.lines for function in functions) if functions else 0,
        longest_function=f"{longest.name} {longest.lines}" if longest else "-",
        longest_file=f"{longest_file.path} {longest_file.lines}",
    )


def render(files: Sequence[FileSize]) -> str:
    """Return the table as text, with the whole package in the last line."""
    rows = [*by_room(files), _sum_up("all", files)]
    header = ("room", "files", "lines", "functions", "median", "longest function", "longest file")
    cells = [header, *(tuple(str(value) for value in asdict(row).values()) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(header))]
    return "\n".join(_line(line, widths) for line in cells)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    numbers = range(1, 5)
    fitted = [
        cell.rjust(width) if column in numbers else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(fitted).rstrip()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Lines and functions per room.")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    files = measure()
    print(json.dumps([asdict(size) for size in by_room(files)], indent=2) if options.json else render(files))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
