"""Roles, tokens, hosts and origins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tidemill.access import (
    Caller,
    Role,
    check_bind,
    check_host,
    check_origin,
    local_caller,
    read_token_file,
    require,
    token_digest,
)
from tidemill.access.tokens import Tokens
from tidemill.core import ConflictError, ForbiddenError, ManualClock, NotFoundError, UnauthenticatedError, UsageError
from tidemill.storage.schema import open_database

ADMIN = Caller("root", role=Role.ADMIN)


LONG_AGO = datetime(1999, 1, 1, tzinfo=UTC)  # the store's clock, as a replay sets it: tokens must not care


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def tokens(tmp_path: Path, clock: ManualClock) -> Tokens:
    return Tokens(open_database(tmp_path / "records.db", ManualClock(LONG_AGO)), tmp_path / "tokens.json", clock)


def test_a_role_may_what_the_roles_before_it_may() -> None:
    for index, role in enumerate(Role):
        for other_index, needed in enumerate(Role):
            if index >= other_index:
                require(Caller("ann", role=role), needed)
            else:
                with pytest.raises(ForbiddenError, match=needed.name.lower()):
                    require(Caller("ann", role=role), needed)
    assert local_caller().role is Role.ADMIN


def test_a_token_stands_for_a_caller_until_it_ends(tokens: Tokens, clock: ManualClock, tmp_path: Path) -> None:
    secret = tokens.create(ADMIN, "ci", Role.EDITOR, "2d")
    assert tokens.caller(secret) == Caller("ci", "default", Role.EDITOR)
    assert [entry["digest"] for entry in read_token_file(tmp_path / "tokens.json")] == [token_digest(secret)]
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in stored
    assert secret[3:].encode() not in stored
    clock.advance(timedelta(days=3))
    with pytest.raises(UnauthenticatedError):
        tokens.caller(secret)
    assert not tokens.exist()


def test_a_revoked_token_ends_at_once_everywhere(tokens: Tokens, tmp_path: Path) -> None:
    secret = tokens.create(ADMIN, "ci", Role.EDITOR)
    tokens.revoke(ADMIN, "ci")
    with pytest.raises(UnauthenticatedError):
        tokens.caller(secret)
    assert read_token_file(tmp_path / "tokens.json") == []
    with pytest.raises(NotFoundError):
        tokens.revoke(ADMIN, "other")
    again = tokens.create(ADMIN, "ci", Role.VIEWER)
    assert tokens.caller(again).role is Role.VIEWER
    with pytest.raises(NotFoundError, match="There is: ci"):
        tokens.revoke(ADMIN, "c")


@pytest.mark.parametrize("secret", ["", "tm_", "tm_x", "x" * 1000])
def test_a_made_up_token_stands_for_nobody(tokens: Tokens, secret: str) -> None:
    tokens.create(ADMIN, "ci", Role.ADMIN)
    with pytest.raises(UnauthenticatedError):
        tokens.caller(secret)


def test_only_admins_make_tokens_and_names_are_taken_once(tokens: Tokens) -> None:
    with pytest.raises(ForbiddenError):
        tokens.create(Caller("ann", role=Role.DEPLOYER), "x", Role.VIEWER)
    tokens.create(ADMIN, "ci", Role.VIEWER)
    with pytest.raises(ConflictError, match="'ci'"):
        tokens.create(ADMIN, "ci", Role.VIEWER)
    with pytest.raises(UsageError, match="5000d"):
        tokens.create(ADMIN, "long", Role.VIEWER, "5000d")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8400", "localhost:1", "[::1]:8400", "LOCALHOST", "mill.example:8400"]
)
def test_known_hosts_are_served(host: str) -> None:
    check_host([host], ["mill.example"])


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["evil.example"],
        ["127.0.0.1.nip.example"],
        ["127.0.0.1", "127.0.0.1"],
        ["localhost.evil.example:80"],
        [
            "",
        ],
        ["10.0.0.1"],
        ["127.0.0.1:80:90"],
        ["a@127.0.0.1"],
    ],
)
def test_other_hosts_are_refused(headers: list[str]) -> None:
    with pytest.raises(ForbiddenError):
        check_host(headers, ["mill.example"])


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "origin", ["http://localhost:9999", "https://evil.example", "http://127.0.0.1", "file://", "127.0.0.1:8400"]
)
def test_pages_of_other_origins_are_refused(method: str, origin: str) -> None:
    with pytest.raises(ForbiddenError):
        check_origin(method, origin, "127.0.0.1:8400")


def test_own_pages_and_programs_are_served() -> None:
    check_origin("POST", None, "127.0.0.1:8400")
    check_origin("POST", "http://127.0.0.1:8400", "127.0.0.1:8400")
    with pytest.raises(ForbiddenError):
        check_origin("POST", "null", "127.0.0.1:8400")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "mill.example", ""])
def test_listening_to_others_needs_a_token(host: str) -> None:
    with pytest.raises(UsageError, match="token create"):
        check_bind(host, has_tokens=False)
    check_bind(host, has_tokens=True)
    check_bind("127.0.0.1", has_tokens=False)
