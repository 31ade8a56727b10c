"""The list of public names beside this file. Write it again: python -m tests.architecture.public_names"""

from __future__ import annotations

from pathlib import Path

import tidemill
from tests.architecture.house import front_of, rooms

LIST = Path(__file__).with_name("public_names.txt")


def public_names() -> list[str]:
    """Every name that the front door and the rooms export, sorted."""
    names = [f"tidemill.{name}" for name in getattr(tidemill, "__all__", ())]
    for room in rooms():
        face = front_of(room)
        names += [f"tidemill.{room}.{name}" for name in (face.exports if face else ())]
    return sorted(names)


if __name__ == "__main__":
    LIST.write_text("\n".join(public_names()) + "\n", encoding="utf-8")
