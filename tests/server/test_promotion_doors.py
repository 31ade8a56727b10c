"""Promotions over HTTP: the API, the client and the pages, for who asks, who approves and who may not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.deployment.test_promotions import run, write_gated
from tests.server.running import server
from tests.small_project import ANN
from tidemill.access import Caller, Role
from tidemill.client import Client
from tidemill.core import ConflictError, ForbiddenError, NotFoundError, UsageError
from tidemill.workspace import Workspace


@dataclass(frozen=True)
class Gated:
    """A project with environments whose second version waits, behind a server for others and one for this machine."""

    workspace: Workspace
    open: str
    local: str
    tokens: dict[str, str]

    def client(self, name: str) -> Client:
        return Client(self.open, self.tokens[name])

    def waiting(self) -> str:
        return self.workspace.promotions.waiting(ANN)[0].id


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gated]:
    folder = tmp_path_factory.mktemp("gated")
    write_gated(folder)
    workspace, _, _ = run(folder)
    workspace.promotions.approve(Caller("bo"), workspace.promotions.waiting(ANN)[0].id)
    run(folder, n_trees=30)
    roles = {"bo": Role.LABELLER, "eve": Role.DEPLOYER, "vi": Role.VIEWER, "ed": Role.EDITOR}
    tokens = {name: workspace.tokens.create(ANN, name, role) for name, role in roles.items()}
    with server(workspace, "0.0.0.0") as other, server(workspace) as local:
        yield Gated(workspace, other, local, tokens)
    workspace.database.close()


def test_a_promotion_over_http_cannot_go_round_its_policy(gated: Gated) -> None:
    request = gated.waiting()
    with gated.client("eve") as eve, gated.client("vi") as vi, gated.client("ed") as ed:
        # The server has no project code: the recorded policy holds, and the project's own rule refuses.
        asked = eve.promotions.promote("late/1", "staging")
        assert asked["request"]["state"] == "refused"
        assert "in the project's code, which is not loaded here" in asked["request"]["sentence"]
        assert asked["promotion"] is None
        for caller in (vi, ed):
            with pytest.raises(ForbiddenError):
                caller.promotions.promote("late/2", "production", break_glass="because")
        with pytest.raises(ForbiddenError):
            vi.promotions.approve(request)
        with pytest.raises(ForbiddenError, match="ed does not approve production: bo or eve may"):
            ed.promotions.approve(request)
        with pytest.raises(ConflictError, match="something must"):
            eve.promotions.demote("late", "production")
        with pytest.raises(UsageError, match="write delay/3"):
            eve.promotions.promote("late")
        with pytest.raises(NotFoundError):
            eve.promotions.get("f" * 32)
        waiting = vi.promotions.waiting()
        assert [each["id"] for each in waiting["promotions"]] == [request]
        assert vi.get("/api/models/late/policies")["policies"][-1]["approvers"] == ["bo", "eve"]
        kinds = {each["kind"] for each in vi.get("/api/models/late/2/evidence")["evidence"]}
        assert kinds == {"latency", "model_test", "document"}
        assert vi.promotions.get(request)["verdict"]["passed"]
    assert gated.workspace.registry.get(ANN, "late@champion").version == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"alias": "pro duction"}, "alias"),
        ({"alias": "production", "request_id": "mine"}, "is no request id"),
        ({"alais": "production"}, "Did you mean 'alias'"),
        ({"alias": 3}, "the field 'alias' is 3"),
    ],
)
def test_bad_input_is_one_clear_line(gated: Gated, body: dict[str, object], said: str) -> None:
    headers = {"Authorization": f"Bearer {gated.tokens['eve']}"}
    answer = httpx.post(f"{gated.open}/api/models/late/2/promote", json=body, headers=headers)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    assert "\n" not in answer.json()["error"]["message"]


def _errors_of(page: Page) -> list[str]:
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("response", lambda answer: said.append(answer.url) if answer.status >= 400 else None)
    return said


@pytest.mark.parametrize(
    "looks", [[("dark", 390)], pytest.param([("light", 1280), ("dark", 1280), ("light", 390)], marks=pytest.mark.long)]
)
def test_the_pages_fit_and_raise_nothing(gated: Gated, browser: Browser, looks: list[tuple[str, int]]) -> None:
    for theme, width in looks:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
        page = context.new_page()
        said = _errors_of(page)
        for path in ("/approvals", f"/promotions/{gated.waiting()}", "/models/late/2/gate", "/models/late/2"):
            answer = page.goto(gated.local + path)
            assert answer is not None
            assert (answer.status, said) == (200, []), path
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        context.close()


def test_the_pages_tell_what_is_decided_and_let_who_may_decide(gated: Gated, browser: Browser) -> None:
    request = gated.waiting()
    told = httpx.get(f"{gated.local}/promotions/{request}.json").json()
    assert told["sentence"] == "Should late/2 take the place of late/1 in production?"
    assert {each["name"] for each in told["metrics"]} >= {"AUC", "log loss"}
    assert told["slices"]
    assert "answers with it within seconds" in told["then"]
    # Who is no approver sees why, and no button.
    assert (told["answer_url"], "bo or eve may" in told["why_not"]) == ("", True)

    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{gated.open}/sign-in")
    page.locator("input[name=token]").fill(gated.tokens["bo"])
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{gated.open}/approvals")
    expect(page.locator(".sentence")).to_have_text("1 of 1 question waits for you.")
    page.get_by_role("link", name="Promote late/2 to production?").click()
    page.get_by_label("A note, kept with the answer").fill("Better for all depots.")
    page.get_by_role("button", name="Approve late/2").click()
    expect(page.locator(".sentence")).to_have_text("late/2 came into production.")
    expect(page.get_by_text("Better for all depots.")).to_be_visible()
    context.close()
    assert gated.workspace.registry.get(ANN, "late@champion").version == 2
    assert gated.workspace.deployments.list_revisions(ANN, "late")[0].reference == "late/2"

    with gated.client("eve") as eve:
        assert eve.promotions.roll_back("late")["model"] == "late"
        done = eve.promotions.promote("late/2", "production", break_glass="late/1 answers nonsense")
        assert done["promotion"]["changed"]
    page = browser.new_page()
    page.goto(f"{gated.local}/promotions/{done['request']['id']}")
    expect(page.get_by_role("alert")).to_contain_text("late/1 answers nonsense")
    page.goto(f"{gated.local}/audit?q=break_glass")
    expect(page.locator("td .chip-bad")).to_have_text("break_glass.used")
    page.close()


def test_asking_on_the_gate_page(gated: Gated, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {gated.tokens['eve']}"}
    asked = httpx.post(f"{gated.open}/models/late/1/promote", data={"alias": "production"}, headers=headers)
    assert asked.status_code == 303
    shown = httpx.get(gated.open + asked.headers["location"], headers=headers)
    assert "its gate refused it" in shown.text
    wrong = httpx.post(f"{gated.open}{asked.headers['location']}/answer", data={"answer": "maybe"}, headers=headers)
    assert wrong.status_code == 400
