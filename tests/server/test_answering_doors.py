"""Approving, rejecting, four eyes and demoting by the API, the client and the page: the same rules behind each door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from tests.registry.requests import LIVE, STAGING, asking, govern, register
from tests.server.running import server
from tests.small_project import ANN
from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.client import Client
from tidemill.core import ForbiddenError, load_settings
from tidemill.registry import PromotionRequest
from tidemill.workspace import Workspace

DOORS = ("api", "client", "page")
EVE = Caller("eve", role=Role.DEPLOYER)


@dataclass(frozen=True)
class House:
    """A store with a governed model, its server, and who may knock."""

    workspace: Workspace
    address: str
    tokens: dict[str, str]

    def asked(self) -> PromotionRequest:
        """Let eve ask for the second version."""
        registry = self.workspace.registry
        return self.workspace.promotions.requests.ask(EVE, asking(registry, registry.get(ANN, "late/2")))[0]

    def answer(self, door: str, who: str, request: str, *, approve: bool) -> None:
        """Answer by a door. Raises ForbiddenError for who may not."""
        said: dict[str, Any] = {"note": f"by {door}"}
        if door == "client":
            with Client(self.address, self.tokens[who]) as client:
                verb = client.promotions.approve if approve else client.promotions.reject
                verb(request, said["note"])
            return
        with httpx.Client(base_url=self.address, headers={"Authorization": f"Bearer {self.tokens[who]}"}) as http:
            if door == "api":
                done = http.post(f"/api/promotions/{request}/answer", json=said | {"approved": approve})
            else:
                form = said | {"answer": "approve" if approve else "reject"}
                done = http.post(f"/promotions/{request}/answer", data=form)
        if done.status_code == 403:
            raise ForbiddenError(done.text)
        assert done.status_code in {200, 303}, done.text


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    workspace = open_workspace(folder, load_settings(folder, environ={}))
    register(workspace.registry, workspace.blobs, 2)
    asks = replace(LIVE, approvers=("ann", "bo", "eve"), four_eyes=True, n_approvals=1)
    govern(workspace.database, STAGING, asks)
    first = asking(workspace.registry, workspace.registry.get(ANN, "late/1"))
    request, _ = workspace.promotions.requests.ask(EVE, first)
    workspace.promotions.approve(Caller("bo"), request.id)
    roles = {"bo": Role.LABELLER, "eve": Role.DEPLOYER, "vi": Role.DEPLOYER}
    tokens = {name: workspace.tokens.create(ANN, name, role) for name, role in roles.items()}
    with server(workspace, "0.0.0.0") as address:
        yield House(workspace, address, tokens)
    workspace.database.close()


@pytest.mark.parametrize("door", DOORS)
def test_named_approvers_answer_and_who_asked_does_not(house: House, door: str) -> None:
    requests, request = house.workspace.promotions.requests, house.asked().id
    with pytest.raises(ForbiddenError, match="four eyes"):
        house.answer(door, "eve", request, approve=True)
    with pytest.raises(ForbiddenError, match="vi does not approve live: ann, bo or eve may"):
        house.answer(door, "vi", request, approve=True)
    assert requests.get(ANN, request).state == "pending"
    house.answer(door, "bo", request, approve=False)
    rejected = requests.get(ANN, request)
    assert (rejected.state, rejected.answers[0].note) == ("rejected", f"by {door}")
    assert house.workspace.registry.get(ANN, "late@live").reference == "late/1"

    request = house.asked().id
    house.answer(door, "bo", request, approve=True)
    assert requests.get(ANN, request).state == "approved"
    assert house.workspace.registry.get(ANN, "late@champion").reference == "late/2"
    requests.restore(ANN, "0" * 31 + str(DOORS.index(door)), "late/1", "live", "back again")
    assert house.workspace.registry.get(ANN, "late@live").reference == "late/1"


@pytest.mark.parametrize("door", ["api", "client"])
def test_a_version_leaves_an_environment(house: House, door: str) -> None:
    workspace = house.workspace
    staged = replace(asking(workspace.registry, workspace.registry.get(ANN, "late/1"), "staging"))
    assert workspace.promotions.requests.ask(ANN, staged)[1] is not None
    if door == "client":
        with Client(house.address, house.tokens["eve"]) as client:
            assert client.promotions.demote("late", "staging", "no more")["version"]["version"] == 1
    else:
        headers = {"Authorization": f"Bearer {house.tokens['eve']}"}
        done = httpx.post(f"{house.address}/api/models/late/demote", json={"alias": "staging"}, headers=headers)
        assert done.status_code == 200, done.text
    assert workspace.registry.get(ANN, "late/1").environments == ("live",)
