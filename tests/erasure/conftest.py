"""A project that has lived, made once for all tests of erasure."""

from __future__ import annotations

import pytest

from tests.erasure.person_project import Lived


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Return a project that has lived, to be copied."""
    return Lived.make(tmp_path_factory.mktemp("lived"))
