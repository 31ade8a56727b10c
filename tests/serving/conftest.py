"""Models are trained once, and one data plane serves all tests that only ask."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.serving.running import Running, running
from tests.serving.samples import VIEW, deploy, train
from tidemill.models import ModelPackage
from tidemill.storage import SqliteKeyValue
from tidemill.storage.online_values import encode_value, space_name


@pytest.fixture(scope="session")
def package() -> ModelPackage:
    """A model of carrier, hour and distance."""
    return train(seed=1)


@pytest.fixture(scope="session")
def other_package() -> ModelPackage:
    """Another model of the same columns."""
    return train(seed=7)


@pytest.fixture(scope="session")
def view_package() -> ModelPackage:
    """A model that also takes a feature of the view."""
    return train(seed=3, with_view=True)


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the shared data plane."""
    return tmp_path_factory.mktemp("shared") / "home"


@pytest.fixture(scope="session")
def shared(shared_home: Path, package: ModelPackage, view_package: ModelPackage) -> Iterator[Running]:
    """A data plane with `delay`, `native` and `strict` of one model, and `featured` with online features."""
    home = shared_home
    home.mkdir()
    deploy(home, package)
    deploy(home, package, endpoint="native", runtime="native")
    deploy(home, package, endpoint="strict", log="strict")
    deploy(home, package, endpoint="other", project="acme")
    deploy(home, view_package, endpoint="featured", views=(VIEW,))
    SqliteKeyValue(home / "online.db").put_many(
        space_name("default", VIEW.name, VIEW.columns),
        [("UA", encode_value(datetime(2013, 3, 1, tzinfo=UTC), [0.75]))],
    )
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with running(home, port) as server:
        yield server
