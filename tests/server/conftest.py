"""One small project, released twice and asked for predictions, behind a server for this machine and one for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.server.running import server
from tests.serving_process import serving
from tests.small_project import ANN, release, write_project
from tidemill.access import Caller, Role
from tidemill.client import Client, Prediction
from tidemill.workspace import Workspace

ROWS = [
    {"depot": "B", "weight": 19.0, "sent_at": "2013-02-17T10:00:00Z", "parcel_id": "p-1"},
    {"depot": "A", "weight": 2.5, "sent_at": None},
]


@dataclass(frozen=True)
class House:
    """A store with everything in it, and where it is served.

    local: the server for this machine only. open: the server that others could reach. tokens: by role's name;
    `stranger` is an admin of another project.
    """

    workspace: Workspace
    local: str
    open: str
    tokens: dict[str, str]
    predictions: list[Prediction]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house, built once."""
    folder = tmp_path_factory.mktemp("parcels")
    write_project(folder)
    release(folder)
    workspace, _ = release(folder, n_trees=30)
    tokens = {role.name.lower(): workspace.tokens.create(ANN, role.name.lower(), role) for role in Role}
    stranger = Caller("eve", "other", Role.ADMIN)
    tokens["stranger"] = workspace.tokens.create(stranger, "stranger", Role.ADMIN)
    with serving(workspace.home, "late") as plane:
        with Client(plane) as client:
            predictions = client.predict("late", ROWS, request_id="r-1")
        port = urlsplit(plane).port
        with server(workspace, serving_port=port) as local, server(workspace, "0.0.0.0", serving_port=port) as other:
            yield House(workspace, local, other, tokens, predictions)
    workspace.database.close()
