"""`python -m benchmarks` lists the promises; `python -m benchmarks S1` measures one and prints its JSON line.

The exit code is 0 when every goal asked for holds, 1 when one does not, 2 for an unknown id.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

_ID = re.compile(r"[a-z]\d+")


def main(ids: Sequence[str]) -> int:
    """Run the benchmarks with these ids, or list what there is."""
    known = sorted(path.stem.upper() for path in Path(__file__).parent.glob("*.py") if _ID.fullmatch(path.stem))
    unknown = [name for name in ids if name.upper() not in known]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; there is: {', '.join(known)}.", file=sys.stderr)
        return 2
    if not ids:
        for name in known:
            print(_promise(name))
        return 0
    held = True
    for name in ids:
        result = import_module(f"benchmarks.{name.lower()}").run()
        print(json.dumps(result), flush=True)
        held = held and bool(result["holds"])
    return 0 if held else 1


def _promise(name: str) -> str:
    text = import_module(f"benchmarks.{name.lower()}").__doc__ or name
    return text.strip().splitlines()[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
