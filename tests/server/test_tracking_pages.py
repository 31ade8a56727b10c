"""What other programs logged, on the pages: data, models with files, traces, versions; webhooks, saved views."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.server.running import server
from tests.small_project import ANN
from tidemill.access import Role
from tidemill.app import open_workspace
from tidemill.core import Settings
from tidemill.registry import NewVersion
from tidemill.tracking import InputDataset, MetricPoint, ModelPoint, ModelUse, NewLoggedModel, NewRun, Trace
from tidemill.tracking import Logged as ClientLogged
from tidemill.workspace import Workspace

HOSTILE = "<script>document.title='run'</script>"


class Logged(NamedTuple):
    """A store with a run that logged a bit of everything, and where it is served."""

    workspace: Workspace
    url: str
    run_id: str
    model_id: str


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    folder = tmp_path_factory.mktemp("logged")
    settings = Settings(home=folder / ".tidemill", webhook_networks=("127.0.0.0/8",))
    workspace = open_workspace(folder, settings)
    tracking = workspace.tracking
    run = tracking.start_run(ANN, NewRun("others", "an autologged run"))
    number = tracking.experiments.get_named(ANN, "others").number
    tracking.log_batch(ANN, run.id, [MetricPoint("auc", 0.7, 0)], {"a long name of a param": "v" * 400})
    source = json.dumps({"tags": {"mlflow.source.name": "train.py"}})
    read = InputDataset(
        "flights", "3f9ab04f", "code", source, None, '{"num_rows": 200}', {"mlflow.data.context": "train"}
    )
    tracking.inputs.log(ANN, run.id, [read])
    model = tracking.models.create(ANN, NewLoggedModel(number, "forest", "sklearn", run.id, {"depth": "3"}))
    tracking.models.set_status(ANN, model.id, "ready")
    tracking.inputs.log_outputs(ANN, run.id, [ModelUse(model.id)])
    tracking.changes.log(ANN, run.id, ClientLogged(models=[ModelPoint(model.id, "f1", 0.5, 0, 1, "flights", "3f")]))
    workspace.artifacts.put(ANN, model.id, "MLmodel", [b"flavors: {}\n"])
    workspace.artifacts.put(ANN, run.id, "report.html", [HOSTILE.encode()])
    workspace.registry.catalogue.create_model(ANN, "clf")
    workspace.registry.catalogue.create_model(ANN, "empty")
    workspace.registry.catalogue.create_version(ANN, NewVersion("clf", source=f"models:/{model.id}", model_id=model.id))
    trace = Trace(
        "tr-" + "1" * 32, number, 1_790_000_000_000, 12, "ERROR", '{"q": 1}', None, run_id=run.id, name="answer"
    )
    tracking.traces.put(ANN, trace)
    part = {"name": HOSTILE, "span_id": "QQ==", "parent_span_id": "", "start_time_unix_nano": 0}
    part |= {"end_time_unix_nano": 12_000_000, "status": {"code": "ERROR", "message": "no such flight"}}
    spans = json.dumps(
        {"spans": [{**part, "attributes": {"mlflow.spanInputs": '{"q": 1}'}}, {**part, "parent_span_id": "QQ=="}]}
    )
    workspace.artifacts.put(ANN, trace.id, "traces.json", [spans.encode()])
    tracking.end_run(ANN, run.id)
    with server(workspace, webhook_networks=("127.0.0.0/8",)) as url:
        yield Logged(workspace, url, run.id, model.id)
    workspace.database.close()


def told(logged: Logged, path: str) -> Any:
    """The twin of a page."""
    answer = httpx.get(f"{logged.url}{path}.json")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_run_tells_what_it_read_and_wrote(logged: Logged) -> None:
    page = told(logged, f"/runs/{logged.run_id}")["logged"]
    (data,), (model,) = page["inputs"], page["models"]
    assert (data["link"]["text"], data["context"], data["words"]) == ("flights", "train", "200 rows")
    assert data["source"] == "made by train.py"
    assert model["link"] == {"text": "forest", "url": f"/logged-models/{logged.model_id}"}
    assert [each["text"] for each in model["versions"]] == ["clf/1"]
    kinds = [(each["kind"], each["link"]["text"]) for each in page["lineage"]]
    assert kinds == [
        ("dataset", "flights"),
        ("this run", "an autologged run"),
        ("logged model", "forest"),
        ("model version", "clf/1"),
    ]
    assert page["traces_url"] == f"/traces?run={logged.run_id}"


def test_a_version_of_others_leads_back_to_its_run(logged: Logged) -> None:
    chain = told(logged, "/models/clf/1")["lineage"]
    assert [each["kind"] for each in chain] == ["run", "logged model", "model version"]
    assert chain[0]["link"]["url"] == f"/runs/{logged.run_id}"
    assert told(logged, "/models/clf")["versions"][0]["run"]["text"] == "an autologged run"
    sides = told(logged, "/models/clf/compare")
    assert [each["name"] for each in sides["metrics"]] == ["AUC"], "what its run logged"
    refused = httpx.get(f"{logged.url}/models/empty/compare")
    assert (refused.status_code, "no version to compare" in refused.text) == (400, True)


def test_the_pages_open_on_a_phone_and_run_nothing(logged: Logged, browser: Browser) -> None:
    trace = "tr-" + "1" * 32
    paths = (
        f"/runs/{logged.run_id}",
        f"/runs/{logged.run_id}/files?path=report.html",
        f"/logged-models/{logged.model_id}",
        f"/logged-models/{logged.model_id}/files",
        f"/logged-models/{logged.model_id}/files?path=MLmodel",
        "/models/clf",
        "/models/empty",
        "/models/clf/1",
        "/runs?experiment=others",
        "/traces",
        f"/traces?run={logged.run_id}",
        "/traces?experiment=others&filter=status+%3D+'OK'",
        "/traces?filter=status",
        f"/traces/{trace}",
        "/webhooks",
    )
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    for path in paths:
        answer = page.goto(logged.url + path)
        assert answer is not None
        assert (answer.status, said) == (200, []), path
        assert page.title() != "run", path
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
    page.goto(f"{logged.url}/traces/{trace}")
    expect(page.locator(".sentence")).to_contain_text("after 12 ms")
    expect(page.locator("details.span")).to_have_count(2)
    expect(page.get_by_text("no such flight").first).to_be_visible()
    context.close()


def test_webhooks_are_made_changed_tested_and_deleted_on_their_page(logged: Logged, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{logged.url}/webhooks")
    page.get_by_label("Name").fill("deploys")
    page.get_by_label("Address").fill(f"{logged.url}/health?post")
    page.get_by_label("Events").fill("no-event")
    page.get_by_role("button", name="Make the webhook").click()
    expect(page.get_by_role("alert")).to_contain_text("'no-event' is no event")
    expect(page.get_by_label("Name")).to_have_value("deploys")
    page.get_by_label("Events").fill("run.finished, endpoint.*")
    page.get_by_label("Secret").fill("never shown")
    page.get_by_role("button", name="Make the webhook").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("deploys")
    assert "never shown" not in page.content()
    page.get_by_role("button", name="Call it once").click()
    expect(page.get_by_role("heading", name="The test call was not taken")).to_be_visible()
    page.get_by_role("button", name="Switch it off").click()
    expect(page.locator(".sentence")).to_have_text("It is off and was told nothing yet.")
    page.get_by_text("Change it").click()
    page.get_by_label("Address").fill("http://10.0.0.1/")
    page.get_by_role("button", name="Save the changes").click()
    expect(page.get_by_role("alert")).to_contain_text("not public")
    page.get_by_label("Address").fill("https://example.com/hook")
    page.get_by_role("button", name="Save the changes").click()
    expect(page.get_by_text("https://example.com/hook")).to_be_visible()
    page.get_by_text("Delete it", exact=True).click()
    page.get_by_role("button", name="Delete deploys").click()
    expect(page.locator(".sentence")).to_have_text("Nobody is told what happens.")
    page.close()
    assert logged.workspace.webhooks.list(ANN) == []


def test_only_admins_see_webhooks(logged: Logged) -> None:
    token = logged.workspace.tokens.create(ANN, "ed", Role.DEPLOYER)
    with server(logged.workspace, "0.0.0.0") as url, httpx.Client(headers={"Authorization": f"Bearer {token}"}) as ed:
        assert ed.get(f"{url}/webhooks").status_code == 403
        assert "/webhooks" not in ed.get(f"{url}/approvals", headers={"accept": "text/html"}).text
        assert ed.post(f"{url}/webhooks", data={"name": "x"}).status_code == 403


def test_a_view_is_saved_shown_and_deleted_on_the_page(logged: Logged, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{logged.url}/runs?experiment=others&filter=metrics.auc+%3E+0.1&column=name&column=metrics.auc")
    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Name of this view").fill("good ones")
    page.get_by_role("button", name="Save this view").click()
    page.goto(f"{logged.url}/runs")
    page.get_by_text("Views", exact=True).click()
    page.get_by_role("link", name="good ones").click()
    expect(page.get_by_role("combobox", name="Filter runs")).to_have_value("metrics.auc > 0.1")
    expect(page.locator("thead")).to_contain_text("auc")
    page.get_by_text("Views", exact=True).click()
    expect(page.get_by_role("link", name="good ones")).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Delete the view good ones").click()
    page.get_by_text("Views", exact=True).click()
    expect(page.get_by_text("No view is saved yet.")).to_be_visible()
    page.close()
