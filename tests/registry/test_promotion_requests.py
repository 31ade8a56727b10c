"""Promotions in records: who may, once only, on the bytes that were judged, and nothing goes round the gate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from tests.registry.requests import ANN, BO, EVE, LIVE, STAGING, asking, govern, judged, register
from tidemill.access import Caller, Role
from tidemill.core import ConflictError, ForbiddenError, ManualClock, NotFoundError, UsageError, new_id
from tidemill.evaluation import at_least
from tidemill.registry import (
    Asked,
    GateRefusedError,
    Judged,
    ModelVersion,
    MovedError,
    PolicyInForce,
    PromotionRequests,
    Registry,
    policy,
    referenced_blobs,
    remove_version,
    require_let_in,
    why_not_moved,
)
from tidemill.registry._repository import set_alias
from tidemill.registry._tables import version_table
from tidemill.registry.evidence_records import EvidenceRecords
from tidemill.storage import BlobStore
from tidemill.storage.blob_urls import open_blobs
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.records import Database
from tidemill.storage.schema import open_database

EDITOR, VIEWER = Caller("ed", role=Role.EDITOR), Caller("vi", role=Role.VIEWER)
ASKS = replace(LIVE, approvers=("ann", "bo"), four_eyes=True, n_approvals=1)


class Room(NamedTuple):
    database: Database
    blobs: BlobStore
    clock: ManualClock
    registry: Registry
    requests: PromotionRequests
    versions: list[ModelVersion]

    def champion(self) -> str:
        return self.registry.get(ANN, "late@champion").reference

    def kinds(self, prefix: str = "") -> list[str]:
        query = EventQuery(1000, kind_prefix=prefix or None)
        return [each.kind for each in self.database.read(lambda tx: read_events(tx, "default", query))]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
    database = open_database(tmp_path / "records.db", clock)
    blobs = open_blobs(str(tmp_path / "blobs"), tmp_path / "cache", home=tmp_path)
    registry = Registry(database, blobs)
    yield Room(database, blobs, clock, registry, PromotionRequests(database), register(registry, blobs, 3))
    database.close()


def test_what_nobody_has_to_approve_takes_place_at_once(room: Room) -> None:
    govern(room.database, STAGING, LIVE)
    request, promotion = room.requests.ask(ANN, asking(room.registry, room.versions[0]))
    assert promotion is not None
    assert (request.state, promotion.changed, promotion.request_id) == ("approved", True, request.id)
    version = room.registry.get(ANN, "late/1")
    assert version.aliases == ("champion", "live"), "both move together"
    (event,) = room.database.read(
        lambda tx: read_events(tx, "default", EventQuery(5, None, "late/1", "model_version.p"))
    )
    assert (event.data["verdict_id"], event.data["request_id"]) == (request.verdict_id, request.id)
    assert event.data["package_digest"] == version.package_digest


def test_the_same_request_again_changes_nothing(room: Room) -> None:
    govern(room.database, LIVE)
    asked = asking(room.registry, room.versions[0])
    room.requests.ask(ANN, asked)
    room.requests.ask(ANN, asking(room.registry, room.versions[1]))
    assert room.requests.ask(ANN, asked)[0].state == "approved"
    assert room.champion() == "late/2", "the first is not done again"
    assert room.kinds("model_version.promoted") == ["model_version.promoted"] * 2
    with pytest.raises(ConflictError, match=f"the request {asked.id} asked for late/1 into live"):
        room.requests.ask(
            ANN, replace(asked, reference="late/3", verdict_id=judged(room.registry, room.versions[2]).id)
        )


def test_a_refused_one_is_recorded_and_moves_nothing(room: Room) -> None:
    govern(room.database, LIVE)
    request, promotion = room.requests.ask(ANN, asking(room.registry, room.versions[0], passed=False))
    assert (request.state, promotion) == ("refused", None)
    with pytest.raises(NotFoundError):
        room.champion()


def test_bytes_that_the_gate_did_not_see_are_not_let_in(room: Room) -> None:
    govern(room.database, ASKS)
    other = judged(room.registry, room.versions[1]).id
    with pytest.raises(GateRefusedError, match="its gate saw"):
        room.requests.ask(EVE, Asked(new_id(), "late/1", "live", other))
    request, _ = room.requests.ask(EVE, asking(room.registry, room.versions[0]))
    swapped = sa.update(version_table).where(version_table.c.version == 1).values(package_digest="0" * 64)
    room.database.write(lambda tx: tx.execute(swapped).close())
    with pytest.raises(GateRefusedError, match="is package 000000000000 and its gate saw"):
        room.requests.answer(BO, request.id, True)
    assert room.requests.get(ANN, request.id).state == "pending", "nothing of it was kept"


def test_a_verdict_that_did_not_judge_by_every_rule_lets_nothing_in(room: Room) -> None:
    govern(room.database, replace(LIVE, rules=(*LIVE.rules, at_least("auc", 0.65))))
    with pytest.raises(GateRefusedError, match=r"has not judged by 1 of the rules that are asked, as at_least 'auc'"):
        room.requests.ask(ANN, asking(room.registry, room.versions[0]))


def test_four_eyes_and_named_approvers(room: Room) -> None:
    govern(room.database, ASKS)
    request, promotion = room.requests.ask(ANN, replace(asking(room.registry, room.versions[0]), made_by=("bo",)))
    assert (request.state, promotion) == ("pending", None)
    for caller, said in ((EVE, "ann or bo may"), (ANN, "ann asked for it"), (BO, "bo made the candidate")):
        with pytest.raises(ForbiddenError, match=said):
            room.requests.answer(caller, request.id, True)
    assert room.kinds("approval") == ["approval.requested"]
    govern(room.database, replace(ASKS, four_eyes=False, n_approvals=2))
    with pytest.raises(ForbiddenError):
        room.requests.answer(ANN, request.id, True)


def test_named_approvers_need_no_role_of_their_own(room: Room) -> None:
    govern(room.database, replace(ASKS, approvers=("vi",)))
    request, _ = room.requests.ask(EDITOR, asking(room.registry, room.versions[0]))
    assert request.asked_by == "ed", "an editor may ask where somebody else decides"
    done, promotion = room.requests.answer(VIEWER, request.id, True, "fine by us")
    assert promotion is not None
    assert (done.state, room.champion()) == ("approved", "late/1")
    assert done.answers[0].note == "fine by us"
    assert sorted(room.kinds("approval")) == ["approval.approved", "approval.requested"]
    govern(room.database, LIVE)
    with pytest.raises(ForbiddenError, match="needs deployer"):
        room.requests.ask(EDITOR, asking(room.registry, room.versions[1]))


def test_two_approvals_take_two_people(room: Room) -> None:
    govern(room.database, replace(ASKS, n_approvals=2))
    request, _ = room.requests.ask(EVE, asking(room.registry, room.versions[0]))
    assert room.requests.answer(ANN, request.id, True)[1] is None
    assert room.requests.answer(ANN, request.id, True)[1] is None, "the same answer again is none"
    with pytest.raises(ConflictError, match="ann has said yes already"):
        room.requests.answer(ANN, request.id, False)
    assert room.requests.answer(BO, request.id, True)[1] is not None
    with pytest.raises(ConflictError, match="is approved by now"):
        room.requests.answer(EVE, request.id, True)


def test_rejecting_cancelling_and_superseding(room: Room) -> None:
    govern(room.database, ASKS)
    first, _ = room.requests.ask(EVE, asking(room.registry, room.versions[0]))
    second, _ = room.requests.ask(EVE, asking(room.registry, room.versions[1]))
    assert room.requests.get(ANN, first.id).state == "superseded"
    ended, _ = room.requests.answer(ANN, second.id, False, "not before the holidays")
    assert (ended.state, ended.sentence) == ("rejected", "not before the holidays")
    third, _ = room.requests.ask(EDITOR, asking(room.registry, room.versions[2]))
    with pytest.raises(ForbiddenError, match="ed asked for it"):
        room.requests.cancel(VIEWER, third.id)
    assert room.requests.cancel(EDITOR, third.id).state == "cancelled"
    with pytest.raises(ConflictError, match="is cancelled by now"):
        room.requests.answer(BO, third.id, True)
    assert sorted(set(room.kinds("approval"))) == [
        "approval.cancelled",
        "approval.rejected",
        "approval.requested",
        "approval.superseded",
    ]


def test_what_waits_too_long_expires(room: Room) -> None:
    govern(room.database, ASKS)
    one, _ = room.requests.ask(EVE, asking(room.registry, room.versions[0]))
    room.clock.advance(timedelta(days=15))
    with pytest.raises(ConflictError, match="has expired; ask again"):
        room.requests.answer(ANN, one.id, True)
    assert room.requests.get(ANN, one.id).state == "expired"
    two, _ = room.requests.ask(EVE, asking(room.registry, room.versions[1]))
    room.clock.advance(timedelta(days=15))
    assert (room.requests.expire(ANN), room.requests.get(ANN, two.id).state) == (1, "expired")


def test_another_policy_asks_anew(room: Room) -> None:
    govern(room.database, ASKS)
    request, _ = room.requests.ask(EVE, asking(room.registry, room.versions[0]))
    govern(room.database, replace(ASKS, approvers=("ann", "bo", "cy")))
    with pytest.raises(ConflictError, match="the policy of live has changed"):
        room.requests.answer(ANN, request.id, True)
    assert room.requests.get(ANN, request.id).state == "superseded"
    assert room.kinds("policy.recorded") == ["policy.recorded"] * 2


def test_an_alias_that_moved_since_the_gate_judged_is_judged_anew(room: Room) -> None:
    govern(room.database, replace(ASKS, n_approvals=1))
    request, _ = room.requests.ask(EVE, replace(asking(room.registry, room.versions[1]), against={"champion": 0}))
    govern(room.database, STAGING, ASKS)
    room.database.write(lambda tx: set_alias(tx, "default", "somebody", ("late", "champion", 1)))
    with pytest.raises(MovedError, match="late@champion was nothing when the gate judged and is late/1 now"):
        room.requests.answer(BO, request.id, True)
    assert room.requests.get(ANN, request.id).answers == (), "nothing of it was kept"
    anew = Judged(judged(room.registry, room.versions[1]).id, {"champion": 1})
    done, promotion = room.requests.answer(BO, request.id, True, "", anew)
    assert promotion is not None
    assert (done.verdict_id, promotion.previous) == (anew.verdict_id, 1)
    with pytest.raises(MovedError, match="is late/2 now; ask again"):
        room.requests.ask(EVE, replace(asking(room.registry, room.versions[2]), against={"champion": 1}))


def test_breaking_the_glass_needs_a_deployer_and_stands_in_the_trail(room: Room) -> None:
    govern(room.database, ASKS)
    asked = replace(asking(room.registry, room.versions[0], passed=False), break_glass="the old one answers nonsense")
    with pytest.raises(ForbiddenError, match="needs deployer"):
        room.requests.ask(EDITOR, asked)
    request, promotion = room.requests.ask(EVE, asked)
    assert promotion is not None
    assert (request.kind, request.note, room.champion()) == ("break_glass", "the old one answers nonsense", "late/1")
    (event,) = room.database.read(lambda tx: read_events(tx, "default", EventQuery(9, kind_prefix="break_glass")))
    assert (event.actor, event.data["reason"], event.data["passed"]) == ("eve", "the old one answers nonsense", False)
    assert event.data["verdict_id"] == request.verdict_id


def test_no_door_moves_a_governed_alias_past_its_gate(room: Room) -> None:
    govern(room.database, STAGING, LIVE)
    for alias in ("champion", "live", "staging"):
        with pytest.raises(GateRefusedError, match=r"governed by the gate of endpoint 'late': 'tidemill promote"):
            room.registry.promote(ANN, "late/1", alias)
        assert "governed" in room.database.read(partial(why_not_moved, project="default", model="late", alias=alias))
    assert room.registry.promote(ANN, "late/1", "last_year").changed
    assert room.database.read(lambda tx: why_not_moved(tx, "default", "late", "last_year")) == ""
    with pytest.raises(GateRefusedError, match="late/1 never came in"):
        room.database.read(lambda tx: require_let_in(tx, "default", room.versions[0], "champion"))
    room.requests.ask(ANN, asking(room.registry, room.versions[0]))
    room.database.read(lambda tx: require_let_in(tx, "default", room.versions[0], "champion"))
    with pytest.raises(GateRefusedError, match="late/2 never came into live"):
        room.requests.restore(ANN, new_id(), "late/2", "champion", "back")


def test_going_back_and_leaving(room: Room) -> None:
    govern(room.database, STAGING, LIVE)
    for version in room.versions[:2]:
        room.requests.ask(ANN, asking(room.registry, version))
    room.requests.ask(ANN, asking(room.registry, room.versions[2], "staging"))
    back, promotion = room.requests.restore(ANN, new_id(), "late/1", "live", "rolled back")
    assert promotion is not None
    assert (back.kind, room.champion(), promotion.previous) == ("roll_back", "late/1", 2)
    with pytest.raises(ConflictError, match="serves late@champion, and something must"):
        room.requests.demote(ANN, "late", "champion")
    with pytest.raises(ForbiddenError):
        room.requests.demote(EDITOR, "late", "staging")
    assert room.requests.demote(ANN, "late", "staging").reference == "late/3"
    with pytest.raises(NotFoundError):
        room.registry.get(ANN, "late@staging")
    assert room.kinds("model_version.demoted") == ["model_version.demoted"]


def test_environments_that_are_declared_no_more_govern_nothing(room: Room) -> None:
    govern(room.database, STAGING, LIVE)
    assert [each.environment for each in room.requests.policies(ANN, "late")] == ["staging", "live"]
    govern(room.database, PolicyInForce("late", "champion", "late", ("champion",), True, ()))
    assert [each.aliases for each in room.requests.policies(ANN, "late")] == [("champion",)]
    assert room.registry.promote(ANN, "late/1", "staging").changed


def test_what_was_recorded_goes_with_its_version_and_is_kept_until_then(room: Room) -> None:
    govern(room.database, ASKS)
    evidence = EvidenceRecords(room.database, room.blobs)
    digest = room.versions[0].package_digest
    card = evidence.attach(ANN, digest, "CARD.md", b"what it is for")
    request, _ = room.requests.ask(EVE, asking(room.registry, room.versions[0]))
    assert (card.digest, "document CARD.md") in set(room.database.read(lambda tx: list(referenced_blobs(tx))))
    assert [each.name for each in evidence.of(VIEWER, digest)] == ["CARD.md"]
    room.database.write(lambda tx: remove_version(tx, "default", "late", 1))
    assert evidence.of(ANN, digest) == []
    with pytest.raises(NotFoundError):
        room.requests.get(ANN, request.id)


def test_strangers_of_another_project_see_nothing(room: Room) -> None:
    govern(room.database, ASKS)
    request, _ = room.requests.ask(EVE, asking(room.registry, room.versions[0]))
    mallory = Caller("ann", "other", Role.ADMIN)
    with pytest.raises(NotFoundError):
        room.requests.answer(mallory, request.id, True)
    assert room.requests.list_requests(mallory) == []
    assert room.requests.policy(mallory, "late", "live") is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"approvers": "ann"}, "is given approvers='ann'; give a list"),
        ({"gate": "auc"}, "is given gate='auc'; give a list"),
        ({"approvers": ["ann"], "n_approvals": 2}, "asks for 2 approvals"),
        ({"n_approvals": -1}, "asks for -1 approvals"),
        ({"n_approvals": True}, "asks for True approvals"),
        ({"four_eyes": True, "n_approvals": 0}, "asks for no approval"),
        ({"approvers": ["an n"]}, "approver"),
        ({"expires": "soon"}, "how long a request for approval may wait"),
    ],
)
def test_a_wrong_policy_is_refused_where_it_stands(given: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        policy(**given)  # type: ignore[arg-type]
