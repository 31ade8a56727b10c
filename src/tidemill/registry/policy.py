"""Policies: what must hold before a version comes into an environment, as declared, and as recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tidemill.core import DamagedError, UsageError, check_name, digest_json, format_duration, parse_duration
from tidemill.evaluation import GateRule, Rule, as_rule

_EXPIRES = "14d"


@dataclass(frozen=True)
class Policy:
    """What must hold before a version comes into an environment. Make it with `policy`.

    gate: rules beside those of the endpoint. approvers: by name; with none any deployer may approve.
    four_eyes: who asked for it, or made it, may not approve. n_approvals: how many it takes; 0 asks nobody.
    expires: how long it may wait.
    """

    gate: tuple[Rule, ...] = ()
    approvers: tuple[str, ...] = ()
    four_eyes: bool = False
    n_approvals: int = 0
    expires: timedelta = timedelta(days=14)


def policy(
    gate: Sequence[object] = (),
    *,
    approvers: Sequence[str] = (),
    four_eyes: bool = False,
    n_approvals: int | None = None,
    expires: str = _EXPIRES,
) -> Policy:
    """Declare what must hold before a version comes into an environment.

    n_approvals: how many approvals it takes; one when there are approvers or four eyes are asked for, else none.
    Raises UsageError for what is no list, no rule, no name or no duration, and for more approvals than approvers.

    >>> policy(approvers=["ann", "bo"], four_eyes=True).n_approvals
    1
    """
    for what, given in (("gate", gate), ("approvers", approvers)):
        if not isinstance(given, list | tuple):
            raise UsageError(f"a policy is given {what}={given!r}; give a list")
    names = tuple(check_name("approver", name) for name in approvers)
    needed = n_approvals if n_approvals is not None else int(bool(names) or four_eyes)
    if type(needed) is not int or needed < 0 or (names and needed > len(names)):
        raise UsageError(
            f"a policy asks for {needed!r} approvals; give a whole number from 0 to its {len(names)} approvers"
        )
    if not needed and (names or four_eyes):
        raise UsageError("a policy with approvers or four eyes asks for no approval; give n_approvals=1 or more")
    waits = parse_duration(expires, "how long a request for approval may wait")
    return Policy(tuple(as_rule(rule) for rule in gate), names, bool(four_eyes), needed, waits)


@dataclass(frozen=True)
class PolicyInForce:
    """What governs an alias of a model: its endpoint's declaration as it was recorded last.

    aliases: what moves together when a version comes into the environment. serves: whether the endpoint answers with
    it.
    rules: those of the endpoint, then those of the environment. told: what its endpoint declares beside, so that it can
    be served the first time that somebody approves.
    """

    model: str
    environment: str
    endpoint: str
    aliases: tuple[str, ...]
    serves: bool
    rules: tuple[GateRule, ...]
    approvers: tuple[str, ...] = ()
    four_eyes: bool = False
    n_approvals: int = 0
    expires_s: float = 1_209_600.0
    told: dict[str, Any] = field(default_factory=dict)
    recorded_at: str = ""
    recorded_by: str = ""

    @property
    def digest(self) -> str:
        """Return what it is known by: another rule or approver is another policy."""
        return digest_json({**self.to_json(), "told": {}})

    def to_json(self) -> dict[str, Any]:
        """Return what is recorded of it."""
        return {
            "environment": self.environment,
            "aliases": list(self.aliases),
            "serves": self.serves,
            "rules": [rule.to_json() for rule in self.rules],
            "approvers": list(self.approvers),
            "four_eyes": self.four_eyes,
            "n_approvals": self.n_approvals,
            "expires_s": self.expires_s,
            "told": self.told,
        }

    @classmethod
    def from_json(cls, model: str, endpoint: str, record: Mapping[str, Any]) -> PolicyInForce:
        """Read what `to_json` gave. Raises DamagedError when it is something else."""
        try:
            rules = tuple(GateRule.from_json(rule) for rule in record["rules"])
            given = {**record, "rules": rules}
            given |= {name: tuple(record[name]) for name in ("aliases", "approvers")}
            return cls(model=model, endpoint=endpoint, **given)
        except (TypeError, KeyError) as error:
            raise DamagedError(f"this is no policy ({error}): declare the endpoint again by 'tidemill run'") from error

    def words(self) -> str:
        """Say who must approve.

        >>> PolicyInForce("m", "live", "m", ("live",), True, (), ("ann", "bo"), True, 1).words()
        '1 of ann, bo approves, not who asked or made it, within 14d'
        """
        if not self.n_approvals:
            return "nobody is asked"
        who = f"{self.n_approvals} of {', '.join(self.approvers)}" if self.approvers else f"{self.n_approvals} deployer"
        verb = "approves" if self.n_approvals == 1 else "approve"
        eyes = ", not who asked or made it" if self.four_eyes else ""
        return f"{who} {verb}{eyes}, within {format_duration(timedelta(seconds=self.expires_s))}"


def written(rules: Sequence[Rule]) -> tuple[GateRule, ...]:
    """Return rules as they are recorded: of the project's own their names."""
    return tuple(rule if isinstance(rule, GateRule) else rule.written() for rule in rules)
