"""What maps and steps that are tried again cost, what their lists hold, and what errors tell of secrets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipelines.projects import ANN, Sandbox
from tidemill.app import open_workspace
from tidemill.core import load_settings
from tidemill.pipelines import Output, StepElement, StepError, StepRun

PROJECT = """
import os

import tidemill as tm

TRIES = []


@tm.step(catch=(KeyError,))
def twice(n: int) -> int:
    if n == 2:
        raise KeyError(os.environ["SHOP_PASSWORD"])
    return 2 * n


@tm.step(retries=1, backoff="1s", retry_on=(OSError,))
def second_time(numbers: list) -> int:
    TRIES.append(bytes(10_000_000))
    if len(TRIES) < 2:
        raise OSError("not now, " + os.environ["SHOP_PASSWORD"])
    return len(numbers)


@tm.step
def end(n: int, fail: bool) -> int:
    if fail:
        raise ValueError("sent " + os.environ["SHOP_PASSWORD"])
    return n


@tm.step
def yes(n: int) -> bool:
    return n > 0


@tm.pipeline
def shop(fail: bool = False):
    doubled = twice.map([1, 2, 3, 4])
    n = second_time(doubled)
    chosen = tm.when(yes(n), then=lambda: twice.map([5, 6]), otherwise=lambda: twice.map([7]))
    return end(n, fail), doubled, chosen
"""


SECRET = "hunter-2-hunter"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A project whose computing has a price, with a password in its environment."""
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    (tmp_path / "tidemill.toml").write_text('module = "project.py"\n[prices]\ncpu_hour = 3600.0\ncurrency = "EUR"\n')
    opened = Sandbox(tmp_path, open_workspace(tmp_path, load_settings(tmp_path, environ={})))
    opened.write(PROJECT)
    yield opened
    opened.workspace.database.close()


def steps_of(shop: Sandbox) -> tuple[str, list[StepRun], list[StepElement]]:
    run = shop.workspace.tracking.list_runs(ANN)[0]
    steps = shop.workspace.pipelines.steps(ANN, run.id)
    return run.id, steps, shop.workspace.pipelines.elements(ANN, run.id, 0)


def test_what_maps_and_earlier_tries_took_is_counted(shop: Sandbox) -> None:
    shop.run()
    run_id, steps, elements = steps_of(shop)
    mapped, tried = steps[0], steps[1]
    assert mapped.cost == pytest.approx(sum(each.seconds for each in elements))
    assert mapped.executor == "in-process"
    assert mapped.cpu_seconds is not None
    assert mapped.peak_memory_bytes
    assert (tried.attempt, tried.cost is not None) == (2, True)
    totals = shop.workspace.run_records.totals(ANN, run_id)
    assert totals.cost == pytest.approx(sum(step.cost or 0.0 for step in steps))
    assert totals.currency == "EUR"
    planned = shop.workspace.run_records.forecast(ANN, shop.plan()).steps[0]
    assert planned.cost is None or planned.cost > 0
    assert planned.bytes is not None


def test_a_list_shows_the_results_of_its_elements(shop: Sandbox) -> None:
    shop.run()
    run_id, steps, _ = steps_of(shop)
    look = shop.workspace.run_records.preview(ANN, run_id, 0, "result")
    assert (look.kind, look.n_rows, [column.name for column in look.columns][:3]) == (
        "table",
        4,
        ["element", "state", "result"],
    )
    assert [row[:2] for row in look.rows] == [(0, "executed"), (1, "caught"), (2, "executed"), (3, "executed")]
    assert look.rows[3][2] == "8"
    choice = next(step.position for step in steps if step.kind == "choice")
    assert [row[2] for row in shop.workspace.run_records.preview(ANN, run_id, choice, "result").rows] == ["10", "12"]


def test_no_secret_that_an_error_tells_is_stored(shop: Sandbox) -> None:
    with pytest.raises(StepError, match=r"sent \[redacted\]"):
        shop.run(fail=True)
    run_id, steps, elements = steps_of(shop)
    told = [step.note for step in steps] + [element.note for element in elements]
    told += [str(shop.workspace.tracking.get_run(ANN, run_id).run.error)]
    outputs = [each.outputs for each in steps] + [each.outputs for each in elements]
    told += [str(output["summary"]) for several in outputs for output in several]
    failure = shop.workspace.pipelines.value(Output(**elements[1].outputs[0]))
    assert SECRET not in " ".join([*told, failure.message])
    assert sum("[redacted]" in text for text in told) >= 5
