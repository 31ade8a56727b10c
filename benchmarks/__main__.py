"""`python -m benchmarks` lists the promises; `python -m benchmarks S1` measures one and prints its JSON line.

`python -m benchmarks --report` measures all and writes docs/benchmarks.md with its chart.

The exit code is 0 when every goal asked for holds, 1 when one does not, 2 for an unknown id.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.report import write_report

_ID = re.compile(r"[a-z]\d+")


def main(ids: Sequence[str]) -> int:
    """Run the benchmarks with these ids, or list what there is."""
    known = sorted(path.stem.upper() for path in Path(__file__).parent.glob("*.py") if _ID.fullmatch(path.stem))
    if list(ids) == ["--report"]:
        page = write_report(_measure(known), Path(__file__).parents[1] / "docs")
        print(f"written to {page.relative_to(page.parents[1])}")
        return 0
    unknown = [name for name in ids if name.upper() not in known]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; there is: {', '.join(known)}.", file=sys.stderr)
        return 2
    if not ids:
        for name in known:
            print(_promise(name))
        return 0
    return 0 if all(result["holds"] for result in _measure(ids)) else 1


def _measure(ids: Sequence[str]) -> list[dict[str, Any]]:
    results = []
    for name in ids:
        result = import_module(f"benchmarks.{name.lower()}").run()
        print(json.dumps(result), flush=True)
        results.append(result)
    return results


def _promise(name: str) -> str:
    text = import_module(f"benchmarks.{name.lower()}").__doc__ or name
    return text.strip().splitlines()[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
