"""Which bundle an environment uses: the rules, inside a transaction."""

from __future__ import annotations

from collections.abc import Sequence

from tidemill.access import Caller
from tidemill.bundles import _repository as rows
from tidemill.bundles.records import CI, BundleDeployment
from tidemill.bundles.secrets import redacted
from tidemill.core import ConflictError, Event, UsageError
from tidemill.storage.records import Transaction

_LONGEST_REASON = 500
DEPLOYED, PROMOTED, ROLLED_BACK, WITHDRAWN = "deployed", "promoted", "rolled back", "withdrawn"


def check_reason(override: str | None) -> str:
    """Return why a bundle may be deployed that did not pass, secrets hidden; empty for none. Raises UsageError."""
    if override is None:
        return ""
    reason = redacted(" ".join(override.split()))
    if not reason or len(reason) > _LONGEST_REASON or not reason.isprintable():
        raise UsageError(
            f"an override needs a reason of 1 to {_LONGEST_REASON} printable characters, which the audit trail keeps"
        )
    return reason


def deploy_in(tx: Transaction, caller: Caller, digest: str, environment: str, why: tuple[str, str]) -> BundleDeployment:
    """Deploy a bundle, or the working tree when the digest is empty; what is deployed already changes nothing.

    why: the override, and the environment that it is promoted from.
    Raises ConflictError for a bundle that did not pass and has no override.
    """
    override, origin = why
    last = rows.last_deployment(tx, caller.project, environment)
    if last is not None and last.digest == digest:
        return last
    if not digest:
        if last is None:
            raise ConflictError(f"no bundle was ever deployed to {environment!r}: its runs use the working tree")
        return _insert(tx, caller, BundleDeployment(environment, 0, "", WITHDRAWN, override, "", "", caller.name))
    refused = why_refused(tx, caller.project, digest)
    if refused and not override:
        raise ConflictError(
            f"bundle {digest[:12]} is not deployed to {environment!r}: {refused}; let 'tidemill ci' pass on it, or "
            'give a reason with --override "REASON", which the audit trail keeps'
        )
    how = PROMOTED if origin else DEPLOYED
    kept = override if refused else ""
    return _insert(tx, caller, BundleDeployment(environment, 0, digest, how, kept, origin, "", caller.name))


def roll_back_in(tx: Transaction, caller: Caller, environment: str) -> BundleDeployment:
    """Deploy again what was deployed before. Raises ConflictError when there was nothing."""
    stack = stack_of(rows.list_deployments(tx, caller.project, environment))
    # Of what lies further back, retention may have let some go.
    stack = [digest for digest in stack[:-1] if rows.has_bundle(tx, caller.project, digest)] + stack[-1:]
    if len(stack) < 2:
        what = f"only bundle {stack[0][:12]} was" if stack else "no bundle is"
        raise ConflictError(
            f"{what} deployed to {environment!r}: there is none to go back to; 'tidemill bundle deploy working-tree "
            f"--to {environment}' lets runs use the project's folder"
        )
    return _insert(tx, caller, BundleDeployment(environment, 0, stack[-2], ROLLED_BACK, "", "", "", caller.name))


def stack_of(deployments: Sequence[BundleDeployment]) -> list[str]:
    """Return what is deployed to an environment, last, and above it what roll-backs would deploy, one after another.

    deployments: of one environment, the latest first.
    """
    stack: list[str] = []
    for each in reversed(deployments):
        if each.how == ROLLED_BACK:
            # What lay between was let go by retention.
            while stack and stack[-1] != each.digest:
                stack.pop()
            stack = stack or [each.digest]
        elif each.digest:
            stack.append(each.digest)
        else:
            stack.clear()
    return stack


def why_refused(tx: Transaction, project: str, digest: str) -> str:
    """Return why a bundle may not be deployed by itself; empty when it may."""
    last = next((check for check in rows.list_checks(tx, project, digest) if check.name == CI), None)
    if last is None:
        return f"the check {CI!r} has not run on it"
    return "" if last.passed else f"the check {CI!r} failed on {last.at[:19]}Z"


def _insert(tx: Transaction, caller: Caller, deployment: BundleDeployment) -> BundleDeployment:
    before = rows.last_deployment(tx, caller.project, deployment.environment)
    stored = rows.insert_deployment(tx, caller.project, deployment)
    told: dict[str, object] = {"environment": stored.environment, "number": stored.number}
    if before is not None and before.digest:
        told["before"] = before.digest
    if stored.override:
        told["override"] = stored.override
    if stored.from_environment:
        told["from"] = stored.from_environment
    if stored.how == ROLLED_BACK:
        told["rolled_back"] = True
    if stored.how == WITHDRAWN:
        event = Event("bundle.withdrawn", before.digest if before else "", told)
    elif stored.how == PROMOTED:
        event = Event("bundle.promoted", stored.digest, told)
    else:
        event = Event("bundle.deployed", stored.digest, told)
    tx.emit(caller.name, caller.project, event)
    return stored
