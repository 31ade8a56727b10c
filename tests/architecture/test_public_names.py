"""What is public is written down, so that it changes only on purpose."""

from __future__ import annotations

import tidemill
from tests.architecture.public_names import LIST, public_names


def test_the_public_names_are_the_written_ones() -> None:
    written, found = set(LIST.read_text(encoding="utf-8").split()), set(public_names())
    advice = "If this is meant: python -m tests.architecture.public_names, and a line in CHANGELOG.md."
    assert found == written, f"new: {sorted(found - written)}\ngone: {sorted(written - found)}\n{advice}"


def test_the_front_door_opens_every_name_it_lists() -> None:
    missing = [name for name in getattr(tidemill, "__all__", ()) if not hasattr(tidemill, name)]
    assert not missing, f"tidemill.__all__ lists what is not there: {missing}"
