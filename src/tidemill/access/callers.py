"""Callers and roles: who asks, for which project, and what that role may do."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from enum import IntEnum

from tidemill.core import ForbiddenError, UsageError


class Role(IntEnum):
    """What a caller may do; each role may do all that the ones before it may."""

    VIEWER = 1
    LABELLER = 2
    EDITOR = 3
    DEPLOYER = 4
    ADMIN = 5

    @classmethod
    def parse(cls, text: str) -> Role:
        """Read a role's name. Raises UsageError.

        >>> Role.parse("editor").name
        'EDITOR'
        """
        try:
            return cls[text.upper()]
        except KeyError as error:
            names = ", ".join(role.name.lower() for role in cls)
            raise UsageError(f"{text!r} is not a role; choose one of {names}") from error


@dataclass(frozen=True)
class Caller:
    """Somebody who asks: a name for the audit trail, one project, one role in it."""

    name: str
    project: str = "default"
    role: Role = Role.VIEWER


def require(caller: Caller, role: Role) -> None:
    """Do nothing when the caller's role is enough. Raises ForbiddenError.

    >>> require(Caller("ann", role=Role.EDITOR), Role.VIEWER)
    """
    if caller.role < role:
        raise ForbiddenError(
            f"{caller.name} is {caller.role.name.lower()} in {caller.project!r}; "
            f"this needs {role.name.lower()}: ask an admin for a token with that role"
        )


def local_caller(project: str = "default") -> Caller:
    """Return the person at this machine's keyboard: whoever can write the store's files is its admin."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "local"
    return Caller(name, project, Role.ADMIN)
