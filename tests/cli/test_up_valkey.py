"""The whole of Tidemill with its online values in Valkey, also while that is away."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.cli.running import eventually, up
from tests.cli.test_commands import tidemill
from tests.small_project import ANN, open_project, release, write_project
from tests.valkey_server import Valkey, running_valkey

ROW = {"depot": "B", "weight": 15.0, "sent_at": "2013-02-20T12:00:00Z"}


def _ask(client: httpx.Client) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    answer = client.post("/predict/late", json={"rows": [ROW]})
    return answer, time.monotonic() - began


def test_features_are_looked_up_in_valkey_and_refused_at_once_while_it_is_away(tmp_path: Path) -> None:
    write_project(tmp_path)
    with running_valkey() as valkey:
        with (tmp_path / "tidemill.toml").open("a") as file:
            file.write(f'online = "{valkey.url()}"\n')
        workspace, _ = release(tmp_path)
        done = tidemill(tmp_path, "materialize", "--until", "2013-02-16T00:00:00Z")
        assert "3 keys" in done.stdout, done.stderr
        assert not (workspace.home / "online.db").exists()
        with (
            up(tmp_path) as running,
            httpx.Client(base_url=running.ready["predict"].partition("/predict")[0]) as client,
        ):
            eventually(lambda: _ask(client)[0].status_code == 200, "an answer")
            answer = _ask(client)[0].json()["predictions"][0]
            _check_looked_up(tmp_path, answer["prediction_id"])
            assert b"redis:" not in Path(f"/proc/{running.ready['pids']['serving']}/cmdline").read_bytes()
            _check_refusals_while_frozen(valkey, client)
            eventually(lambda: _ask(client)[0].status_code == 200, "answers again")
            port = valkey.kill()
            refused = _ask(client)[0]
            assert refused.status_code == 503
            assert "do not answer; is that server up" in refused.json()["error"]["message"]
            failed = tidemill(tmp_path, "materialize", "--until", "2013-02-16T00:00:00Z")
            assert failed.returncode == 1
            assert failed.stderr.count("\n") == 1
            assert f"error: online values at redis://127.0.0.1:{port}/0 do not answer" in failed.stderr
            valkey.start_again(port)
            eventually(lambda: _ask(client)[0].status_code == 200, "answers again")
            assert _ask(client)[0].json()["predictions"][0]["value"] == answer["value"]


def _check_refusals_while_frozen(valkey: Valkey, client: httpx.Client) -> None:
    with valkey.frozen():
        first, took_s = _ask(client)
        assert first.status_code == 503
        assert first.headers["retry-after"] == "1"
        assert "did not answer within 0.5 s" in first.json()["error"]["message"]
        assert took_s < 3
        others = [_ask(client) for _ in range(20)]
        assert {answer.status_code for answer, _ in others} == {503}
        assert sorted(took for _, took in others)[10] < 0.5  # it does not wait for each anew
        assert client.get("/health").status_code == 200


def _check_looked_up(folder: Path, prediction_id: str) -> None:
    workspace, _ = open_project(folder)
    (known,) = workspace.features.online_read(ANN, "depot_load", [["B"]])
    assert known is not None
    assert known.event_at <= datetime(2013, 2, 16, tzinfo=UTC)
    logged = workspace.predictions.get(ANN, prediction_id)
    looked_up = logged.features["depot_load"]
    assert looked_up is not None
    assert looked_up.values == known.values
    workspace.database.close()


def test_a_wrong_url_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(tmp_path)
    monkeypatch.setenv("TIDEMILL_ONLINE", "redis://:secret@host/one")
    done = tidemill(tmp_path, "plan")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot be read; write redis://user:password@host:6379/0" in done.stderr
    assert "secret" not in done.stderr
