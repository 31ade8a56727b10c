"""What is asked of the rooms above: where models are served, so that nothing which answers is taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tidemill.registry.environments import PRODUCTION
from tidemill.registry.records import CHAMPION
from tidemill.storage.records import Transaction


class Standing(Protocol):
    """Where models are served; the rooms above know. Called inside of a transaction, from any thread."""

    def endpoints_with_gate(self, tx: Transaction, project: str, model: str) -> Sequence[str]:
        """Return the names of the endpoints that serve a model and declare a gate."""
        ...

    def served_versions(self, tx: Transaction, project: str, model: str) -> dict[int, str]:
        """Return the versions of a model that an endpoint serves or has served, each with the endpoint's name."""
        ...


class NothingServed:
    """The standing of models in a registry of its own."""

    def endpoints_with_gate(self, tx: Transaction, project: str, model: str) -> Sequence[str]:  # noqa: ARG002
        """Return none."""
        return ()

    def served_versions(self, tx: Transaction, project: str, model: str) -> dict[int, str]:  # noqa: ARG002
        """Return none."""
        return {}


def is_guarded(target: str) -> bool:
    """Tell whether an alias or an environment decides what answers: the champion, and production.

    >>> is_guarded("champion"), is_guarded("Production"), is_guarded("challenger")
    (True, True, False)
    """
    return target.lower() in {CHAMPION, PRODUCTION}
