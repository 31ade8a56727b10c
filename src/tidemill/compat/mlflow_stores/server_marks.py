"""How what was exported to a server is known there again: a tag with the id it has here, and how far it came.

MLflow's API gives runs, logged models and versions ids of its own. The tag makes a second export find them, and one
that was cut off go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

RUN_TAG, MODEL_TAG, VERSION_TAG = "tidemill.run_id", "tidemill.model_id", "tidemill.version"
EXPERIMENT_TAG = "tidemill.experiment_id"
ARRIVING, WHOLE, GONE = "arriving", "", "deleted"
_TAGS = {EXPERIMENT_TAG, RUN_TAG, MODEL_TAG, VERSION_TAG}


class Mark(NamedTuple):
    """The id that something has here, and whether all of it is there: `ARRIVING`, `WHOLE`, or `GONE` for deleted."""

    id: str
    state: str = WHOLE

    def text(self) -> str:
        """Return the text of the tag.

        >>> Mark("4f", ARRIVING).text()
        '4f arriving'
        """
        return f"{self.id} {self.state}".strip()


def mark_in(tags: Mapping[str, str], key: str) -> Mark | None:
    """Return the mark among tags.

    >>> mark_in({"tidemill.run_id": "4f"}, RUN_TAG)
    Mark(id='4f', state='')
    """
    id_, _, state = tags.get(key, "").partition(" ")
    return Mark(id_, state) if id_ else None


def without_marks(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that are not ours."""
    return {key: text for key, text in tags.items() if key not in _TAGS}
