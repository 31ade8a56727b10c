"""Moving aliases, inside a transaction: only what its policy lets in, and only the very bytes that its gate saw."""

from __future__ import annotations

from dataclasses import dataclass

from tidemill.core import Event, canonical_json, iso
from tidemill.registry import _promotion_rows as requests
from tidemill.registry import _repository as rows
from tidemill.registry import _version_rows as version_rows
from tidemill.registry.environments import PRODUCTION
from tidemill.registry.policy import PolicyInForce
from tidemill.registry.promotion_request import GateRefusedError, MovedError, PromotionRequest
from tidemill.registry.records import CHAMPION, ModelVersion, Promotion, VerdictRecord
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.records import Transaction

_FEW = 50


@dataclass(frozen=True)
class Mover:
    """Who moves aliases, of which project."""

    project: str
    name: str


def why_not_moved(tx: Transaction, project: str, model: str, alias: str) -> str:
    """Say why an alias may not be moved or taken away without its gate; empty when nothing governs it.

    Every door that moves aliases asks here, in the transaction in which it would.
    """
    policy = requests.find_policy(tx, project, model, alias)
    if policy is None:
        return ""
    return (
        f"{model}@{alias} is governed by the gate of endpoint {policy.endpoint!r}: "
        f"'tidemill promote {model}/VERSION --to {policy.environment}' asks it, and {policy.words()}"
    )


def governing(tx: Transaction, project: str, model: str, target: str) -> PolicyInForce | None:
    """Return what governs an alias or an environment. MLflow's stage Production is what answers: where nothing governs
    it by its name, the champion's policy does."""
    policy = requests.find_policy(tx, project, model, target)
    if policy is None and target.lower() == PRODUCTION:
        policy = requests.find_policy(tx, project, model, CHAMPION)
    return policy


def require_ungoverned(tx: Transaction, project: str, model: str) -> None:
    """Do nothing when no policy governs a model: its name would be an endpoint's. Raises GateRefusedError."""
    policy = next(iter(requests.list_policies(tx, project, model)), None)
    if policy is not None:
        raise GateRefusedError(
            f"the name {model!r} is governed by the gate of endpoint {policy.endpoint!r}, so no model takes or loses "
            "it: register the versions under another name, or rename the endpoint in the project"
        )


def require_free(tx: Transaction, project: str, version: ModelVersion, target: str) -> None:
    """Do nothing when a version may be given an alias, or enter an environment, without asking a gate.

    A version that stands behind all aliases of the policy has come in already. Raises GateRefusedError.
    """
    policy = governing(tx, project, version.model, target)
    if policy is not None and not set(policy.aliases) <= set(version.aliases):
        alias = target if target in policy.aliases else policy.aliases[-1]
        raise GateRefusedError(why_not_moved(tx, project, version.model, alias))


def aliases_of(policy: PolicyInForce | None, environment: str) -> tuple[str, ...]:
    """Return what moves when a version comes into an environment, or has a name that nothing governs."""
    return policy.aliases if policy else (environment,)


def standing(tx: Transaction, project: str, model: str, aliases: tuple[str, ...]) -> dict[str, int]:
    """Return the versions behind aliases, 0 behind one that points nowhere."""
    found = {alias: rows.find_alias(tx, project, model, alias) for alias in aliases}
    return {alias: int(row["version"]) if row else 0 for alias, row in found.items()}


def require_standing(tx: Transaction, project: str, model: str, against: dict[str, int]) -> None:
    """Do nothing when aliases point where they did when a gate judged. Raises MovedError."""
    now = standing(tx, project, model, tuple(against))
    for alias, version in against.items():
        if now[alias] != version:
            before, after = (f"{model}/{each}" if each else "nothing" for each in (version, now[alias]))
            raise MovedError(f"{model}@{alias} was {before} when the gate judged and is {after} now; ask again")


def require_same_bytes(version: ModelVersion, seen: tuple[str, str]) -> None:
    """Do nothing when a version is what its gate saw: its package and its report. Raises GateRefusedError."""
    if (version.package_digest, version.report_digest) != seen:
        raise GateRefusedError(
            f"{version.reference} is package {version.package_digest[:12]} and its gate saw {seen[0][:12]}: ask again"
        )


def require_every_rule(policy: PolicyInForce | None, verdict: VerdictRecord) -> None:
    """Do nothing when a verdict has judged by every rule of a policy. Raises GateRefusedError."""
    judged = {canonical_json(check["rule"]) for check in verdict.verdict["checks"]}
    missing = [rule for rule in (policy.rules if policy else ()) if canonical_json(rule.to_json()) not in judged]
    if missing:
        raise GateRefusedError(
            f"verdict {verdict.id} has not judged by {len(missing)} of the rules that are asked, as {missing[0].kind} "
            f"{missing[0].metric!r}: ask its gate again"
        )


def switch(
    tx: Transaction, mover: Mover, version: ModelVersion, aliases: tuple[str, ...], request: PromotionRequest
) -> Promotion:
    """Point aliases at a version, with one event that names what let it in."""
    require_same_bytes(version, (request.package_digest, request.report_digest))
    main = CHAMPION if CHAMPION in aliases else aliases[0]
    before = standing(tx, mover.project, version.model, aliases)
    if all(number == version.version for number in before.values()):
        row = rows.find_alias(tx, mover.project, version.model, main) or {}
        return Promotion(
            version.model, main, version.version, version.version, False, row["set_at"], row["set_by"], request.id
        )
    for alias in aliases:
        rows.set_alias(tx, mover.project, mover.name, (version.model, alias, version.version))
    if request.environment != CHAMPION:
        _enter(tx, mover, version, request.environment)
    previous = before[main] or None
    data = {
        "alias": main,
        "previous": previous,
        "verdict_id": request.verdict_id,
        "environment": request.environment,
        "request_id": request.id,
        "kind": request.kind,
        "approved_by": [each.answered_by for each in request.answers if each.approved],
        "package_digest": version.package_digest,
    }
    tx.emit(mover.name, mover.project, Event("model_version.promoted", version.reference, data))
    return Promotion(version.model, main, version.version, previous, True, iso(tx.now), mover.name, request.id)


def _enter(tx: Transaction, mover: Mover, version: ModelVersion, environment: str) -> None:
    """Let a version stand in an environment, and no other: the one its gate let in is the one that is there."""
    for number in version_rows.versions_in(tx, mover.project, version.model, environment):
        if number != version.version:
            version_rows.remove_from(tx, mover.project, (version.model, number), environment)
    version_rows.place_version(tx, mover.project, mover.name, (version.model, version.version), environment)


def was_let_in(tx: Transaction, project: str, version: ModelVersion, policy: PolicyInForce) -> bool:
    """Tell whether a version once came into an environment, by request or, before there were any, by its alias."""
    known = (version.model, version.version, version.package_digest)
    if requests.let_in(tx, project, known, policy.environment):
        return True
    if set(version.aliases) & set(policy.aliases):
        return True
    query = EventQuery(_FEW, None, version.reference, "model_version.promoted")
    return any(event.data["alias"] in policy.aliases for event in read_events(tx, project, query))
