"""Histories in the order of the reference: by time, then step, then value; and samples of each run by itself."""

from __future__ import annotations

import pytest

from tests.compat.mlflow.conftest import Api

#: Time, step and value, in the order in which a history tells them.
POINTS = [(0, 7, 1.0), (1, 2, 10.0), (1, 3, 11.0), (1, 3, 12.0), (2, 3, 12.0), (5, -2, 3.0), (9, 0, 5.0)]


@pytest.fixture(scope="module")
def run_ids(api: Api) -> list[str]:
    """Two runs: of one the metric `odd` was logged in another order than that of its steps; both have `even`."""
    ids = sorted(api.post("runs/create")["run"]["info"]["run_id"] for _ in range(2))
    odd = [{"key": "odd", "timestamp": at, "step": step, "value": value} for at, step, value in reversed(POINTS)]
    for id_, count in zip(ids, (10, 20), strict=True):
        even = [{"key": "even", "timestamp": 1, "step": step, "value": float(step)} for step in range(count)]
        api.post("runs/log-batch", run_id=id_, metrics=[*even, *odd])
    return ids


def _told(metrics: list[dict[str, float]]) -> list[tuple[float, float, float]]:
    return [(each["timestamp"], each["step"], each["value"]) for each in metrics]


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_a_history_goes_by_time_on_every_page(api: Api, run_ids: list[str], size: int) -> None:
    found, token = [], ""
    while True:
        page = api.get("metrics/get-history", run_id=run_ids[0], metric_key="odd", max_results=size, page_token=token)
        found += _told(page["metrics"])
        if not (token := page.get("next_page_token", "")):
            break
    assert found == POINTS


def test_a_series_too_long_to_be_sorted_comes_by_step(
    api: Api, run_ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, str | int] = {"run_id": run_ids[0], "metric_key": "odd", "max_results": 4}
    monkeypatch.setattr("tidemill.tracking._timelines.MOST_SORTED", 3)
    first = api.get("metrics/get-history", **asked)
    monkeypatch.undo()  # what was begun in one order goes on in it
    rest = api.get("metrics/get-history", **asked, page_token=first["next_page_token"])
    steps = [each["step"] for each in (*first["metrics"], *rest["metrics"])]
    assert steps == sorted(step for _, step, _ in POINTS)


def test_several_runs_come_by_run_then_time(api: Api, run_ids: list[str]) -> None:
    path = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"
    query: dict[str, str | list[str]] = {"run_id": [run_ids[1], "nobody", run_ids[0]], "metric_key": "odd"}
    found = api.http.get(path, params=query).json()["metrics"]
    assert [each["run_id"] for each in found] == [id_ for id_ in run_ids for _ in POINTS]
    assert _told(found) == POINTS * 2
    few = api.http.get(path, params=query | {"max_results": "9"}).json()["metrics"]
    assert few == found[:9]


@pytest.mark.parametrize(
    ("most", "first", "second"),
    [
        (1, [9], [19]),
        (3, [0, 4, 9], [0, 7, 19]),
        (5, [0, 2, 4, 6, 9], [0, 4, 8, 12, 19]),
        (7, [0, 2, 4, 6, 7, 8, 9], [0, 3, 6, 9, 12, 15, 19]),
        (10, list(range(10)), [0, 2, 4, 6, 8, 10, 12, 14, 16, 19]),
    ],
)
def test_samples_are_spread_over_each_run(
    api: Api, run_ids: list[str], most: int, first: list[int], second: list[int]
) -> None:
    path = "/api/2.0/mlflow/metrics/get-history-bulk-interval"
    query: dict[str, str | list[str]] = {"run_ids": run_ids, "metric_key": "even", "max_results": str(most)}
    found = api.http.get(path, params=query).json()["metrics"]
    steps = {id_: [each["step"] for each in found if each["run_id"] == id_] for id_ in run_ids}
    assert steps == {run_ids[0]: first, run_ids[1]: second}


def test_what_cannot_be_asked_of_a_history(api: Api, run_ids: list[str]) -> None:
    for most in (0, -5):
        status, code, message = api.refused(
            "metrics/get-history", "GET", run_id=run_ids[0], metric_key="odd", max_results=most
        )
        assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
        assert f"Invalid value {most} for parameter 'max_results' supplied. It must be a positive integer" in message
    assert api.get("metrics/get-history", run_id="nobody", metric_key="odd") == {}
    for token in ("x", "W10=", "e30=", "WzEsMl0=", "WzEsIDIsICJ4IiwgdHJ1ZV0="):
        wrong = {"run_id": run_ids[0], "metric_key": "odd", "page_token": token}
        assert api.refused("metrics/get-history", "GET", **wrong)[:2] == (400, "INVALID_PARAMETER_VALUE"), token
