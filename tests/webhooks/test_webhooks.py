"""Webhooks against a real receiver: signed, in order, again until taken, never to a private address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.small_project import ANN
from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.core import ForbiddenError, ManualClock, NotFoundError, Settings, SystemClock, UsageError
from tidemill.registry import NewVersion
from tidemill.tracking import NewRun
from tidemill.webhooks import MLFLOW_EVENTS, NewWebhook, NotAllowedAddressError, Webhooks, send_due
from tidemill.webhooks.addresses import Addresses
from tidemill.workspace import Workspace

LOOPBACK = ("127.0.0.0/8",)
PUBLIC = "https://example.com/hook"


@dataclass
class Received:
    """What came to a receiver, and how it is answered: by a status for the next calls, then 200; `to`: redirected."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    to: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    raw: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    n_calls: int = 0


@contextmanager
def receiver() -> Iterator[Received]:
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            received.n_calls += 1
            status = received.answers.pop(0) if received.answers else 200
            if status == 200:
                received.bodies.append(json.loads(body))
                received.raw.append((body, {name.lower(): value for name, value in self.headers.items()}))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", received.to)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.url = f"http://127.0.0.1:{server.server_port}/hook"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


@pytest.fixture
def workspace(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Iterator[Workspace]:
    records = request.getfixturevalue("postgres_url") if getattr(request, "param", "") == "postgres" else ""
    settings = Settings(home=tmp_path / "home", records=records, webhook_networks=LOOPBACK)
    opened = open_workspace(tmp_path, settings, clock)
    yield opened
    opened.database.close()


def _run(workspace: Workspace) -> str:
    run = workspace.tracking.start_run(ANN, NewRun("e", "a run"))
    workspace.tracking.end_run(ANN, run.id)
    return run.id


@pytest.mark.parametrize("workspace", ["sqlite", "postgres"], indirect=True)
def test_what_happens_is_told_signed_and_in_order(workspace: Workspace) -> None:
    _run(workspace)
    with receiver() as received:
        hook = workspace.webhooks.create(ANN, NewWebhook("w", received.url, ("run.*", "run.finished"), "s3cret"))
        runs = [_run(workspace) for _ in range(3)]
        assert send_due(workspace.webhooks, ANN) == 6
        assert send_due(workspace.webhooks, ANN) == 0, "once"
        assert [(each["kind"], each["subject"]) for each in received.bodies] == [
            (kind, run) for run in runs for kind in ("run.started", "run.finished")
        ]
        for body, headers in received.raw:
            signed = f"{headers['x-mlflow-delivery-id']}.{headers['x-mlflow-timestamp']}.{body}".encode()
            expected = base64.b64encode(hmac.new(b"s3cret", signed, hashlib.sha256).digest()).decode()
            assert headers["x-mlflow-signature"] == f"v1,{expected}"
            assert headers["content-type"] == "application/json"
        told = workspace.webhooks.deliveries(ANN, hook.id)
        assert [(each.state, each.answered, each.n_attempts) for each in told] == [("delivered", 200, 1)] * 6


def test_what_happens_to_models_and_prompts_is_told_in_mlflows_words(workspace: Workspace) -> None:
    registry = workspace.registry
    prompt = {"mlflow.prompt.is_prompt": "true", "tone": "warm"}
    with receiver() as received:
        workspace.webhooks.create(ANN, NewWebhook("w", received.url, tuple(MLFLOW_EVENTS)))
        registry.catalogue.create_model(ANN, "delay", "how late", {"team": "a"})
        new = NewVersion("delay", source="s3://b/m", run_id="r1", description="first", tags={"n": "1"})
        registry.catalogue.create_version(ANN, new)
        registry.catalogue.tag_version(ANN, "delay/1", "reviewed", "yes")
        registry.promote(ANN, "delay/1", "best")
        registry.environments.remove_alias(ANN, "delay", "best")
        registry.catalogue.tag_model(ANN, "delay", "team", "b")
        registry.catalogue.create_model(ANN, "greet", "", prompt)
        said = {"mlflow.prompt.is_prompt": "true", "mlflow.prompt.text": "Hello {{name}}!"}
        registry.catalogue.create_version(ANN, NewVersion("greet", source="prompt-template", tags=said))
        registry.catalogue.tag_model(ANN, "greet", "tone", None)
        assert send_due(workspace.webhooks, ANN) == 8
    told = [(f"{each['entity']}.{each['action']}", each["data"]) for each in received.bodies]
    one = {"name": "delay", "version": "1"}
    tags = {"n": "1", "reviewed": "yes"}
    assert told == [
        ("registered_model.created", {"name": "delay", "tags": {"team": "b"}, "description": "how late"}),
        (
            "model_version.created",
            one | {"source": "s3://b/m", "run_id": "r1", "tags": tags, "description": "first"},
        ),
        ("model_version_tag.set", one | {"key": "reviewed", "value": "yes"}),
        ("model_version_alias.created", one | {"alias": "best"}),
        ("model_version_alias.deleted", {"name": "delay", "alias": "best"}),
        ("prompt.created", {"name": "greet", "tags": {}, "description": ""}),
        (
            "prompt_version.created",
            {"name": "greet", "version": "1", "template": "Hello {{name}}!", "tags": {}, "description": None},
        ),
        ("prompt_tag.deleted", {"name": "greet", "key": "tone"}),
    ]
    assert "x-mlflow-signature" not in received.raw[0][1]


def test_what_is_not_taken_comes_again_later_and_in_order(workspace: Workspace, clock: ManualClock) -> None:
    with receiver() as received:
        received.answers = [500, 503]
        hook = workspace.webhooks.create(ANN, NewWebhook("w", received.url, ("run.*",)))
        _run(workspace)
        assert send_due(workspace.webhooks, ANN) == 0
        assert send_due(workspace.webhooks, ANN) == 0
        assert received.n_calls == 1, "not before its time"
        waiting = workspace.webhooks.deliveries(ANN, hook.id)
        assert [(each.state, each.n_attempts) for each in waiting] == [("waiting", 0), ("waiting", 1)]
        assert "500" in (waiting[1].error or "")
        clock.advance(timedelta(seconds=3))
        send_due(workspace.webhooks, ANN)
        clock.advance(timedelta(seconds=10))
        assert send_due(workspace.webhooks, ANN) == 2
        assert [each["kind"] for each in received.bodies] == ["run.started", "run.finished"]


SENDS_AND_IS_KILLED = """
import os, sys
from pathlib import Path
from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.core import Settings
from tidemill.tracking import NewRun
from tidemill.webhooks import sending

ann, home = Caller("ann", role=Role.ADMIN), Path(sys.argv[1])
workspace = open_workspace(home.parent, Settings(home=home, webhook_networks=("127.0.0.0/8",)))
run = workspace.tracking.start_run(ann, NewRun("e", "a run"))
if sys.argv[2] == "committed":
    os.kill(os.getpid(), 9)
settle = sending._settle
sending._settle = lambda *given: os.kill(os.getpid(), 9)
sending.send_due(workspace.webhooks, ann)
"""


def test_who_is_killed_between_commit_and_send_or_before_its_answer_is_stored_loses_nothing(tmp_path: Path) -> None:
    clock = ManualClock(SystemClock().now())
    home = tmp_path / "home"
    with receiver() as received:
        workspace = open_workspace(tmp_path, Settings(home=home, webhook_networks=LOOPBACK), clock)
        workspace.webhooks.create(ANN, NewWebhook("w", received.url, ("run.started",)))
        for when in ("committed", "sent"):
            killed = subprocess.run([sys.executable, "-c", SENDS_AND_IS_KILLED, str(home), when], check=False)
            assert killed.returncode == -9
        assert received.n_calls == 1, "the older one, which was sent and not stored as such"
        clock.advance(timedelta(minutes=3))
        assert send_due(workspace.webhooks, ANN) == 2
        ids = [headers["x-mlflow-delivery-id"] for _, headers in received.raw]
        assert ids[0] == ids[1]
        assert len(set(ids)) == 2
        workspace.database.close()


PRIVATE = [
    "http://127.0.0.1/x",
    "http://[::1]/",
    "http://0.0.0.0/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://127.1/",
]
PRIVATE += [
    "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.1/",
    "http://192.168.1.1:8080/",
    "http://172.16.0.1/",
]
PRIVATE += [
    "http://[::ffff:127.0.0.1]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://localhost/",
    "http://a.localhost/",
]
PRIVATE += ["http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://224.0.0.1/", "http://100.64.0.1/"]
NO_URLS = [
    "file:///etc/passwd",
    "gopher://x/",
    "ftp://x/",
    "http://",
    "https://ok.example@evil.example/",
    "http://a b/",
]
NO_URLS += [
    "//x/",
    "javascript:alert(1)",
    "http://x\\@127.0.0.1/",
    "http://x:99999/",
    "http://x/\r\nHost: y",
    "x" * 3000,
    "",
]


def test_no_webhook_leads_to_a_private_address_or_is_anything_but_http(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, Settings(home=tmp_path / "home"))
    for url in PRIVATE:
        with pytest.raises(NotAllowedAddressError, match="not public"):
            workspace.webhooks.create(ANN, NewWebhook("w", url, ("*",)))
    for url in NO_URLS:
        with pytest.raises(UsageError, match="the URL of a webhook"):
            workspace.webhooks.create(ANN, NewWebhook("w", url, ("*",)))
    assert not workspace.webhooks.list(ANN)
    workspace.database.close()


def test_a_name_is_resolved_once_and_what_was_checked_is_called(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The resolver answers anew each time: first with what may be called, then with what may not."""
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def resolver(host: str, *given: Any, **more: Any) -> Any:
        if host != "hook.example":
            return resolve(host, *given, **more)
        asked.append(host)
        return resolve("127.0.0.1" if len(asked) == 1 else "169.254.169.254", *given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    with receiver() as received:
        url = received.url.replace("127.0.0.1", "hook.example")
        hook = workspace.webhooks.create(ANN, NewWebhook("w", url, ("run.*",)))
        assert workspace.webhooks.test(ANN, hook.id).success
        assert asked == ["hook.example"]
        assert received.raw[0][1]["host"].startswith("hook.example:")
        told = workspace.webhooks.test(ANN, hook.id)
        assert not told.success
        assert "not public" in (told.error or "")
        assert received.n_calls == 1


def test_redirects_are_checked_anew_and_few(workspace: Workspace) -> None:
    with receiver() as received:
        hook = workspace.webhooks.create(ANN, NewWebhook("w", received.url, ("run.*",)))
        received.answers, received.to = [307], "/other"
        assert workspace.webhooks.test(ANN, hook.id).success
        received.answers, received.to = [307], "http://169.254.169.254/latest"
        assert "not public" in (workspace.webhooks.test(ANN, hook.id).error or "")
        received.answers, received.to = [308] * 9, "/again"
        assert "redirects more than 3 times" in (workspace.webhooks.test(ANN, hook.id).error or "")
        received.answers = [302]
        assert workspace.webhooks.test(ANN, hook.id).answered == 302


def test_webhooks_are_changed_switched_off_and_deleted(workspace: Workspace) -> None:
    webhooks: Webhooks = workspace.webhooks
    with receiver() as received:
        hook = webhooks.create(ANN, NewWebhook("w", received.url, ("run.started",), "a"))
        assert hook.signed
        assert "secret" not in vars(hook)
        webhooks.update(ANN, hook.id, status="disabled")
        _run(workspace)
        send_due(webhooks, ANN)
        changed = webhooks.update(ANN, hook.id, status="active", events=("run.finished",), name="v")
        assert (changed.name, changed.events, changed.status) == ("v", ("run.finished",), "active")
        _run(workspace)
        assert send_due(webhooks, ANN) == 1
        webhooks.delete(ANN, hook.id)
        with pytest.raises(NotFoundError):
            webhooks.get(ANN, hook.id)
    for wrong in ({"name": ""}, {"events": ()}, {"events": ("a b",)}, {"status": "odd"}, {"secret": ""}):
        with pytest.raises(UsageError):
            webhooks.create(ANN, NewWebhook(**{"name": "w", "url": PUBLIC, "events": ("*",), **wrong}))  # type: ignore[arg-type]
    with pytest.raises(ForbiddenError):
        webhooks.list(Caller("ed", role=Role.DEPLOYER))


def test_networks_in_the_setting_are_networks() -> None:
    with pytest.raises(UsageError, match="webhook_networks"):
        Addresses(("nonsense",))
