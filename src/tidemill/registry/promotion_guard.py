"""What keeps a promotion from going round a gate, and a version that answers from being taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tidemill.core import ForbiddenError
from tidemill.registry.environments import PRODUCTION
from tidemill.registry.records import ModelVersion, VerdictRecord
from tidemill.storage.records import Transaction

CHAMPION = "champion"


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


def check_promotion(
    version: ModelVersion, verdict: VerdictRecord | None, endpoints: Sequence[str], target: str
) -> None:
    """Let a version become what its endpoints' gates guard, or raise ForbiddenError that says what to do.

    verdict: the one that the version names. endpoints: those of its model that declare a gate. target: the alias or
    environment that is asked for. Whatever is asked by whom and through which door comes by here.
    """
    if not endpoints or not is_guarded(target):
        return
    if verdict is not None and verdict.passed and verdict.package_digest == version.package_digest:
        return
    names = " and ".join(repr(name) for name in endpoints)
    raise ForbiddenError(
        f"{version.reference} cannot become {target}: the gate of endpoint {names} guards it and has let no such "
        f"version pass; offer it by a run of the endpoint's pipeline ('tidemill run'), which judges it, or promote a "
        f"version that passed"
    )
