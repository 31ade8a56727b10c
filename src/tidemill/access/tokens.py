"""Tokens: 256 random bits, shown once, stored as a digest, with a role, a project and an end."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tidemill.access._tables import token_table
from tidemill.access.callers import Caller, Role, require
from tidemill.access.token_file import TOKEN_PREFIX, token_digest, write_token_file
from tidemill.core import (
    Clock,
    ConflictError,
    Event,
    SystemClock,
    UnauthenticatedError,
    UsageError,
    check_name,
    iso,
    new_id,
    not_found,
    parse_duration,
)
from tidemill.storage.lookups import Lookup
from tidemill.storage.records import Database, Transaction

_OF_DIGEST = Lookup("SELECT name, project_id, role, revoked_at, expires_at FROM token WHERE digest = :digest")
_LONGEST = timedelta(days=3650)


@dataclass(frozen=True)
class Token:
    """A token as stored: everything but the secret."""

    name: str
    project: str
    role: Role
    created_at: str
    created_by: str
    expires_at: str
    revoked_at: str | None


class Tokens:
    """Makes, checks and revokes tokens, and keeps the data plane's list of valid digests current.

    Tokens live on the machine's clock: a replay must neither end one nor bring one back.
    """

    def __init__(self, database: Database, token_file: Path, machine_clock: Clock | None = None) -> None:
        self._database = database
        self._machine = machine_clock or SystemClock()
        self._token_file = token_file

    def create(self, caller: Caller, name: str, role: Role, valid_for: str = "90d") -> str:
        """Make a token and return its secret, which cannot be had again. Needs admin.

        Raises UsageError for a bad name or duration, ConflictError when the name is in use.
        """
        require(caller, Role.ADMIN)
        check_name("token", name)
        duration = parse_duration(valid_for)
        if duration > _LONGEST:
            raise UsageError(f"a token may not be valid for {valid_for}; at most {_LONGEST.days}d")
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)

        def store(tx: Transaction) -> None:
            known, now = _find(tx, caller.project, name), self._machine.now()
            if known is not None and _is_valid(known, now):
                raise ConflictError(f"token {name!r} is in use in {caller.project!r}; revoke it or choose another name")
            if known is not None:  # its name is free again; that it was is told by the audit trail
                tx.execute(sa.delete(token_table).where(token_table.c.id == known["id"]))
            tx.execute(
                sa.insert(token_table).values(
                    id=new_id(),
                    project_id=caller.project,
                    name=name,
                    role=role.name.lower(),
                    digest=token_digest(secret),
                    created_at=iso(now),
                    created_by=caller.name,
                    expires_at=iso(now + duration),
                )
            )
            tx.emit(caller.name, caller.project, Event("token.created", name, {"role": role.name.lower()}))

        self._change(store)
        return secret

    def revoke(self, caller: Caller, name: str) -> None:
        """End a token at once. Needs admin. Raises NotFoundError."""
        require(caller, Role.ADMIN)

        def end(tx: Transaction) -> None:
            known, now = _find(tx, caller.project, name), self._machine.now()
            if known is None or not _is_valid(known, now):
                raise not_found("valid token", name, _valid_names(tx, caller.project, now))
            tx.execute(
                sa.update(token_table)
                .where(token_table.c.project_id == caller.project, token_table.c.name == name)
                .values(revoked_at=iso(now))
            )
            tx.emit(caller.name, caller.project, Event("token.revoked", name))

        self._change(end)

    def list(self, caller: Caller) -> list[Token]:
        """Return the project's tokens, newest first. Needs admin."""
        require(caller, Role.ADMIN)
        statement = sa.select(token_table).where(token_table.c.project_id == caller.project)
        return [
            Token(
                name=row["name"],
                project=row["project_id"],
                role=Role.parse(row["role"]),
                created_at=row["created_at"],
                created_by=row["created_by"],
                expires_at=row["expires_at"],
                revoked_at=row["revoked_at"],
            )
            for row in self._database.read(lambda tx: tx.rows(statement.order_by(token_table.c.id.desc())))
        ]

    def exist(self) -> bool:
        """Tell whether any valid token exists in any project."""
        return bool(self._database.read(lambda tx: _valid_rows(tx, self._machine.now())))

    def caller(self, secret: str) -> Caller:
        """Return who a secret stands for. Raises UnauthenticatedError."""

        def look_up(tx: Transaction) -> Caller | None:
            found = _OF_DIGEST.row(tx, digest=token_digest(secret))
            if found is None:
                return None
            name, project, role, revoked_at, expires_at = found
            if not _is_valid({"revoked_at": revoked_at, "expires_at": expires_at}, self._machine.now()):
                return None
            return Caller(name, project, Role.parse(role))

        caller = self._database.read(look_up)
        if caller is None:
            raise UnauthenticatedError("the token is unknown, revoked or has run out; ask an admin for a new one")
        return caller

    def _change(self, function: Callable[[Transaction], None]) -> None:
        def change(tx: Transaction) -> list[dict[str, str]]:
            function(tx)
            return _valid_rows(tx, self._machine.now())

        write_token_file(self._token_file, self._database.write(change))


def _find(tx: Transaction, project: str, name: str) -> dict[str, Any] | None:
    return tx.row(sa.select(token_table).where(token_table.c.project_id == project, token_table.c.name == name))


def _is_valid(row: dict[str, Any], now: datetime) -> bool:
    return row["revoked_at"] is None and bool(row["expires_at"] > iso(now))


def _valid_names(tx: Transaction, project: str, now: datetime) -> list[str]:
    rows = tx.rows(sa.select(token_table).where(token_table.c.project_id == project))
    return [row["name"] for row in rows if _is_valid(row, now)]


def _valid_rows(tx: Transaction, now: datetime) -> list[dict[str, str]]:
    table = token_table.c
    statement = sa.select(table.digest, table.project_id, table.role, table.expires_at).where(
        table.revoked_at.is_(None), table.expires_at > iso(now)
    )
    return [
        {
            "digest": row["digest"],
            "project": row["project_id"],
            "role": row["role"],
            "expires_at": row["expires_at"],
        }
        for row in tx.rows(statement)
    ]
