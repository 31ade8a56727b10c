"""`tidemill runs --where --order-by`: what was asked for, in its order; one line for what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tidemill.cli.runs import app
from tidemill.core import SystemClock
from tidemill.storage.schema import open_database


@pytest.fixture(autouse=True)
def store(home: Path) -> None:
    """A store with nothing in it."""
    open_database(home / "records.db", SystemClock()).close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--where", "metrcs.auc > 1"], "Did you mean 'metrics'"),
        (["--order-by", "datasets.name"], "cannot be ordered by"),
        (["--columns", "status"], "no column of runs"),
        (["--export", "runs.txt"], "not as 'txt'"),
        (["--view", "mine"], "no view"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(home: Path, arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["--home", str(home), *arguments])
    assert said in str(result.exception)


def test_no_run_is_so(home: Path) -> None:
    result = CliRunner().invoke(app, ["--home", str(home), "--where", "metrics.auc > 1", "--order-by", "metrics.auc"])
    assert result.exit_code == 0, result.exception
    assert "no run is so" in result.output
