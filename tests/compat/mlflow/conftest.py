"""An empty store behind two servers: one for this machine, one for all; for raw requests of MLflow's API."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.server.running import server
from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.core import load_settings
from tidemill.workspace import Workspace

ADMIN = Caller("ann", role=Role.ADMIN)


@dataclass
class Shared:
    """A store and where it is served; `tokens` by role's name. `names` gives a name that is not in use."""

    workspace: Workspace
    local: str
    open: str
    tokens: dict[str, str]
    names: Iterator[str] = field(default_factory=lambda: (f"name {number}" for number in itertools.count(1)))


class Api:
    """Calls of MLflow's API by their paths below ``/api/2.0/mlflow``."""

    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=address, timeout=30)

    def ask(self, verb: str, path: str, fields: Any = None, api: str = "2.0") -> httpx.Response:
        """Send fields: in the query of a GET, else in a body of JSON."""
        url = f"/api/{api}/mlflow/{path}"
        return self.http.get(url, params=fields) if verb == "GET" else self.http.request(verb, url, json=fields or {})

    def get(self, path: str, **fields: Any) -> dict[str, Any]:
        return self._done(self.ask("GET", path, fields))

    def post(self, path: str, **fields: Any) -> dict[str, Any]:
        return self._done(self.ask("POST", path, fields))

    def refused(self, path: str, verb: str = "POST", **fields: Any) -> tuple[int, str, str]:
        """Return status, code and message of what must fail."""
        answer = self.ask(verb, path, fields)
        told = answer.json()
        assert set(told) == {"error_code", "message"}, told
        return answer.status_code, told["error_code"], told["message"]

    @staticmethod
    def _done(answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """The store, made once."""
    folder = tmp_path_factory.mktemp("mlflow")
    workspace = open_workspace(folder, load_settings(folder))
    tokens = {role.name.lower(): workspace.tokens.create(ADMIN, role.name.lower(), role) for role in Role}
    with server(workspace) as local, server(workspace, "0.0.0.0") as everybody:
        yield Shared(workspace, local, everybody, tokens)
    workspace.database.close()


@pytest.fixture(scope="session")
def api(shared: Shared) -> Iterator[Api]:
    """Calls by the person at this machine."""
    calls = Api(shared.local)
    yield calls
    calls.http.close()
