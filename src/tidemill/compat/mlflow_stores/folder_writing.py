"""Writing the small files of an mlruns folder, so that MLflow's own library reads them as they were meant."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.tracking import Histories

_UNPRINTED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_LONGEST_NAME = 250


def flat_yaml(given: Mapping[str, Any]) -> str:
    """Return a mapping as YAML: texts in double quotes, mappings one level deep.

    >>> print(flat_yaml({"name": "a: b", "end_time": None, "tags": {"k": "v"}}), end="")
    name: "a: b"
    end_time: null
    tags:
      "k": "v"
    """
    lines = []
    for key, value in given.items():
        if isinstance(value, Mapping) and value:
            lines.append(f"{key}:")
            lines += [f"  {_scalar(inner)}: {_scalar(each)}" for inner, each in value.items()]
        else:
            lines.append(f"{key}: {'{}' if isinstance(value, Mapping) else _scalar(value)}")
    return "\n".join(lines) + "\n"


def write_texts(folder: Path, texts: Mapping[str, str], of: tuple[str, str], left_out: LeftOut) -> None:
    """Write each text to a file of its key's name."""
    for key, text in texts.items():
        path = place_of(folder, key, of, left_out)
        if path is not None:
            path.write_bytes(text.encode())


def append_points(folder: Path, histories: Histories, of: tuple[str, str], left_out: LeftOut) -> None:
    """Write points behind those that are there."""
    for key, points in histories.items():
        path = place_of(folder, key, of, left_out)
        if path is not None:
            with path.open("a", encoding="utf-8") as file:
                file.writelines(f"{at} {_number(value)} {step}\n" for step, at, value in points)


def place_of(folder: Path, key: str, of: tuple[str, str], left_out: LeftOut) -> Path | None:
    """Return where the file of a key is, its folders made; None, and a line, when a folder cannot have it."""
    names = key.split("/")
    path = folder.joinpath(*names)
    bad = any(name in {"", ".", ".."} or len(name.encode()) > _LONGEST_NAME for name in names)
    if bad or path.is_dir() or any(above.is_file() for above in path.parents if above.is_relative_to(folder)):
        left_out.add(of[0], key, f"of {of[1]}: no file of an mlruns folder can be called so, beside the others")
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return _UNPRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return "null" if value is None else str(value)


def _number(value: float) -> str:
    return repr(float(value)) if math.isfinite(value) else str(value)
