"""A store of many runs: searches, pages and writes that stay within their bounds, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from benchmarks import thousands


@pytest.mark.long
@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_everything_stays_within_its_bounds(backend: str) -> None:
    result = thousands.run(thousands.of_share(0.01), backend)
    assert result["holds"], thousands.table(result)
