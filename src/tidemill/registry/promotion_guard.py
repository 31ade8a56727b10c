"""What is asked of the rooms above: where models are served, so that nothing which answers is taken away."""

from __future__ import annotations

from typing import Protocol

from tidemill.storage.records import Transaction


class Standing(Protocol):
    """Where models are served; the rooms above know. Called inside of a transaction, from any thread."""

    def served_versions(self, tx: Transaction, project: str, model: str) -> dict[int, str]:
        """Return the versions of a model that an endpoint serves or has served, each with the endpoint's name."""
        ...


class NothingServed:
    """The standing of models in a registry of its own."""

    def served_versions(self, tx: Transaction, project: str, model: str) -> dict[int, str]:  # noqa: ARG002
        """Return none."""
        return {}
