"""The pages in a real browser, their twins, and what they say about this store."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from playwright.sync_api import Browser

from tests.server.conftest import House
from tests.server.running import server
from tests.small_project import ANN, release, write_project
from tidemill.app import open_workspace
from tidemill.core import Settings

PAGES = (
    "/",
    "/data",
    "/data/parcels",
    "/data/parcels?version=1",
    "/bundles",
    "/runs",
    "/runs?filter=metrics.auc+%3E+0.1&order=metrics.auc+DESC&column=name&column=metrics.auc",
    "/runs?filter=metrics.auc+%3E",
    "/runs?experiment=lateness&at=1",
    "/runs/{run}/files",
    "/experiments",
    "/experiments?q=late",
    "/compare",
    "/compare?experiment=lateness&params=all",
    "/compare?run={run}&run=none",
    "/models/late/compare?one=1&other=2",
    "/runs/{run}",
    "/runs/{run}/steps/1",
    "/runs/{run}/steps/1/elements",
    "/pipelines",
    "/pipelines/lateness",
    "/pipelines/lateness/plan",
    "/models",
    "/models/late",
    "/models/late/1",
    "/models/late/2",
    "/models/late/2/gate",
    "/approvals",
    "/endpoints",
    "/endpoints/late",
    "/predictions/{prediction}",
    "/audit",
    "/audit?q=model_version",
    "/audit?q=late/2",
    "/audit?before=5",
    "/components",
    "/components?q=split",
    "/storage",
    "/erasures",
    "/models?q=zzz",
    "/sign-in",
)


def address(house: House, path: str) -> str:
    run = house.workspace.tracking.list_runs(ANN)[0].id
    return path.format(run=run, prediction=house.predictions[0].prediction_id)


def twin(house: House, path: str) -> dict[str, object]:
    path, _, query = address(house, path).partition("?")
    found = httpx.get(f"{house.local}{path.rstrip('/') or '/home'}.json?{query}")
    assert found.status_code == 200
    told: dict[str, object] = found.json()
    return told


def test_every_page_opens_without_a_word_on_the_console(house: House, browser: Browser) -> None:
    said: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("response", lambda answer: said.append(answer.url) if answer.status >= 400 else None)
    # What the page before was still fetching when it was left is no failure.
    page.on("requestfailed", lambda asked: said.append(asked.url) if asked.failure != "net::ERR_ABORTED" else None)
    for path in PAGES:
        response = page.goto(house.local + address(house, path))
        assert response is not None
        assert response.status == 200, path
        assert page.locator("h1").count() == 1, path
    page.close()
    assert not said


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/sign-in"])
def test_a_twin_tells_what_its_page_shows(house: House, path: str) -> None:
    told = twin(house, path)
    shown = html.unescape(re.sub(r"<[^>]+>", " ", httpx.get(house.local + address(house, path)).text))
    assert str(told["sentence"]) in shown
    words = [word for word in _texts(told) if word.strip()]
    missing = [word for word in words if " ".join(word.split()) not in " ".join(shown.split())]
    assert not missing


def _texts(value: object) -> list[str]:
    """Return the texts of links and the names of things, which a page must show in full."""
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    if not isinstance(value, dict):
        return []
    own = [str(value[name]) for name in ("text", "sentence", "words") if isinstance(value.get(name), str)]
    return own + [text for name, each in value.items() if name not in {"fill", "first_steps"} for text in _texts(each)]


def test_home_says_where_the_endpoint_stands(house: House) -> None:
    live = twin(house, "/")["live"]
    assert isinstance(live, dict)
    (card,) = live["endpoints"]
    assert (card["name"], card["state"], card["station"], card["version"]) == ("late", "serving", "Serve", "v2")
    assert len(card["history"]) == 2
    assert live["counts"] == {"datasets": 1, "runs": 2, "models": 2, "endpoints": 1, "predictions": None}
    kinds = [happening["kind"] for happening in live["happenings"]]
    assert {"deployed", "promoted", "registered", "run"} <= set(kinds)
    fragment = httpx.get(f"{house.local}/fragments/home").text
    assert "<html" not in fragment
    assert "1 endpoint serves" in fragment


def test_a_prediction_leads_down_to_its_data(house: House) -> None:
    told = twin(house, "/predictions/{prediction}")
    assert told["value"] == pytest.approx(house.predictions[0].value)
    assert told["request_id"] == "r-1"
    chain = told["chain"]
    assert isinstance(chain, list)
    assert [link["kind"] for link in chain] == [
        "prediction", "alias", "model version", "gate", "run", "features", "dataset version",
    ]  # fmt: skip
    assert {cell["name"]: cell["value"] for cell in cast(list[dict[str, Any]], told["request"])}["weight"] == 19.0
    (looked_up,) = cast(list[dict[str, Any]], told["looked_up"])
    assert (looked_up["name"], looked_up["key"]) == ("n_sent", "depot = B")
    assert looked_up["value"] > 0


def test_the_api_tells_the_same_chain(house: House) -> None:
    found = httpx.get(f"{house.local}/api/predictions/{house.predictions[0].prediction_id}").json()
    assert found["version"]["model"] == "late"
    assert found["revision"]["revision"] == 2
    assert found["verdict"]["passed"] is True
    assert found["run"]["run"]["id"] == found["version"]["run_id"]
    assert [dataset["name"] for dataset in found["datasets"]] == ["parcels"]
    listed = httpx.get(f"{house.local}/api/endpoints/late/predictions?limit=1").json()["predictions"]
    assert [each["prediction_id"] for each in listed] == [house.predictions[1].prediction_id]


def test_the_endpoint_says_what_the_data_plane_has_loaded(house: House) -> None:
    (found,) = httpx.get(f"{house.local}/api/endpoints").json()["endpoints"]
    assert (found["serving"]["revision"], found["serving"]["model"], found["trouble"]) == (2, "late/2", None)


def test_a_data_plane_that_is_down_is_said_to_be_down(house: House) -> None:
    with server(house.workspace, serving_port=1) as down:
        page = httpx.get(f"{down}/endpoints/late").text
        assert "data plane not reachable" in page
        assert "does not answer on port 1" in page
        assert "1 of 1 endpoint needs attention" in httpx.get(f"{down}/").text
        told = httpx.get(f"{down}/api/endpoints").json()
        assert "does not answer" in told["data_plane"]
        assert told["endpoints"][0]["serving"] is None


def test_an_empty_house_says_how_to_fill_itself(tmp_path: Path, browser: Browser) -> None:
    workspace = open_workspace(tmp_path, Settings(home=tmp_path / "home"))
    with server(workspace, serving_port=1) as empty:
        said: list[str] = []
        page = browser.new_page()
        page.on("console", lambda message: said.append(message.text))
        for path, command in (
            ("/", "tidemill demo"),
            ("/data", "tidemill ingest"),
            ("/runs", "MLFLOW_TRACKING_URI"),
            ("/experiments", "MLFLOW_TRACKING_URI"),
            ("/compare", "tidemill run"),
            ("/models", "tidemill run"),
            ("/endpoints", "tidemill run"),
            ("/audit", "tidemill demo"),
        ):
            page.goto(empty + path)
            assert command in page.inner_text("main"), path
        page.close()
        assert not said
    workspace.database.close()


def test_promoting_and_rolling_back_by_the_buttons(tmp_path: Path, browser: Browser) -> None:
    write_project(tmp_path)
    release(tmp_path)
    workspace, _ = release(tmp_path, n_trees=30)
    with server(workspace, serving_port=1) as address:
        page = browser.new_page()
        page.goto(f"{address}/models/late/1")
        page.get_by_role("button", name="Promote late/1 to champion").click()
        page.get_by_text("is champion").wait_for()
        assert workspace.registry.get(ANN, "late@champion").version == 1
        assert workspace.deployments.list_revisions(ANN, "late")[0].reference == "late/1"
        page.goto(f"{address}/endpoints/late")
        page.get_by_role("button", name="Roll back to late/2").click()
        page.get_by_text("rolled back").or_(page.get_by_role("button", name="Roll back to late/1")).first.wait_for()
        assert workspace.registry.get(ANN, "late@champion").version == 2
        page.close()
        assert "was deployed" not in httpx.get(f"{address}/").text
    workspace.database.close()


def test_signing_in_and_out_in_a_browser(house: House, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{house.open}/models/late")
    page.get_by_label("Token").fill(house.tokens["deployer"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="late").wait_for()
    assert page.url == f"{house.open}/models/late"
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    page.close()
