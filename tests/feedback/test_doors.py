"""Labels through the doors: over HTTP, by the client, from a file; and what was served fits its model."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import polars as pl
import pytest

from tests.server.running import server
from tests.serving_process import serving
from tests.small_project import ANN, release, write_project
from tidemill.access import Role
from tidemill.cli import main
from tidemill.client import Client, Labelled
from tidemill.core import ForbiddenError, UsageError, new_id
from tidemill.feedback import inputs_of
from tidemill.models import load_predictor, predict_frame
from tidemill.workspace import Workspace

SENT_AT = datetime(2013, 2, 17, tzinfo=UTC)
EVER = (datetime(2013, 1, 1, tzinfo=UTC), datetime(2014, 1, 1, tzinfo=UTC))


class Done(NamedTuple):
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class House:
    """A store whose endpoint `late` has answered for 40 parcels, and its server."""

    workspace: Workspace
    folder: Path
    address: str
    ids: list[str]
    values: list[float | None]

    def command(self, *arguments: str, given: str = "") -> Done:
        """Run a command in the project's folder, in this process."""
        told, complained, code = io.StringIO(), io.StringIO(), 0
        with pytest.MonkeyPatch.context() as patched, redirect_stdout(told), redirect_stderr(complained):
            patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
            patched.chdir(self.folder)
            try:
                main(arguments)
            except SystemExit as ended:
                code = int(ended.code or 0)
        return Done(code, told.getvalue(), complained.getvalue())

    def post(self, labels: Any, **more: Any) -> httpx.Response:
        """Send labels as they are."""
        return httpx.post(f"{self.address}/api/labels", json={"labels": labels, **more})


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house, built once; each test takes predictions of its own."""
    folder = tmp_path_factory.mktemp("parcels")
    write_project(folder)
    workspace, _ = release(folder)
    rows = [
        {"parcel_id": f"x{n}", "sent_at": SENT_AT + timedelta(hours=n), "depot": "ABCD"[n % 4], "weight": n / 2}
        for n in range(40)
    ]
    with serving(workspace.home, "late") as plane, Client(plane) as client:
        answers = [client.predict("late", [row])[0] for row in rows]
    with server(workspace) as address:
        ids, values = [each.prediction_id for each in answers], [each.value for each in answers]
        yield House(workspace, folder, address, ids, values)
    workspace.database.close()


def test_the_model_gives_its_answers_again_on_what_was_logged(house: House) -> None:
    house.workspace.logged.catch_up("default", "late")
    frame = house.workspace.logged.frame("default", "late", *EVER)
    assert frame["prediction_id"].to_list() == house.ids
    assert frame["n_sent"].null_count() == 10, "nothing is known of depot D"
    version = house.workspace.registry.get(ANN, "late/1")
    predictor = load_predictor(house.workspace.registry.load_package(version))
    assert predict_frame(predictor, inputs_of(frame)).tolist() == pytest.approx(house.values, abs=1e-6)


def test_labels_over_http(house: House) -> None:
    one, two = house.ids[:2]
    labels = [
        {"prediction_id": one, "label": True, "event_at": "2013-02-19T10:00:00+02:00"},
        {"prediction_id": two, "label": 0.0},
        {"prediction_id": new_id(), "label": 1},
    ]
    answer = house.post(labels)
    assert answer.status_code == 200
    assert answer.json() == {
        "n_accepted": 2,
        "n_repeated": 0,
        "n_quarantined": 1,
        "reasons": {"unknown prediction": 1},
        "refused": [{"prediction_id": labels[2]["prediction_id"], "reason": "unknown prediction"}],
    }
    assert house.post(labels).json()["n_repeated"] == 2
    corrected = house.post([{"prediction_id": one, "label": False}], correct=True).json()
    assert corrected["n_accepted"] == 1
    waiting = httpx.get(f"{house.address}/api/labels/quarantine", params={"endpoint": "late"}).json()["labels"]
    assert [(each["prediction_id"], each["endpoint"]) for each in waiting] == [(labels[2]["prediction_id"], None)]
    summary = httpx.get(f"{house.address}/api/endpoints/late/labels").json()
    assert (summary["n_predictions"], summary["n_labelled"], summary["n_corrected"]) == (40, 2, 1)


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ({"label": "yes"}, "label 1: the field 'label' is \"yes\"; allowed is true, false or a number"),
        ({"label": None}, "label 1: the field 'label' is null; allowed is true, false or a number"),
        ({"prediction_id": 7}, "label 1: the field 'prediction_id' is 7; allowed is the 32 hex digits"),
        ({"prediction_id": "x"}, "label 1: 'x' is not a prediction id"),
        ({"event_at": "soon"}, "label 1: the field 'event_at' is \"soon\"; allowed is an instant such as"),
        ({"event_at": "9999-12-31T23:59:59-12:00"}, "it is of the years 1 to 9999 in UTC"),
        ({"event_at": "0001-01-01T00:00:00+01:00"}, "label 1: the event time of "),
        ({"event_time": "2013"}, "label 1 has a field 'event_time', which is not known. Did you mean 'event_at'?"),
    ],
)
def test_a_wrong_label_is_named_with_its_field(house: House, label: dict[str, Any], message: str) -> None:
    good = {"prediction_id": house.ids[39], "label": True}
    answer = house.post([good, {**good, **label}])
    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]
    frame = house.workspace.feedback.labelled("default", "late", *EVER)
    assert frame.row(39, named=True)["label"] is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "the body is not JSON"),
        (b"[]", "the body cannot be read"),
        (b"{}", "the body cannot be read"),
        (b'{"labels": [7]}', "label 0 is not an object of prediction_id, label, event_at"),
        (b'{"labels": [{"label": 1}]}', "label 0 lacks the field 'prediction_id'"),
        (b'{"labels": [{"prediction_id": "x", "label": NaN}]}', "the body is not JSON"),
        (
            b'{"labels": [{"prediction_id": "x", "label": 1e999}]}',
            "label 0: the field 'label' is 1e999; allowed is true, false or a number",
        ),
        (b'{"labels": [{"prediction_id": 7', "the body is not JSON"),
        (b'{"labels": [], "fix": true}', "the body cannot be read"),
    ],
)
def test_a_wrong_body_is_told_in_one_line(house: House, body: bytes, message: str) -> None:
    answer = httpx.post(f"{house.address}/api/labels", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]


def test_the_client_sends_batches_and_gives_the_servers_errors(house: House) -> None:
    labels = [{"prediction_id": id_, "label": n % 2 == 0, "event_at": None} for n, id_ in enumerate(house.ids[5:8])]
    unknown = [{"prediction_id": new_id(), "label": True} for _ in range(5000)]
    with Client(house.address) as client:
        found = client.label([*labels, *unknown])
        assert found == Labelled(3, 0, 5000, {"unknown prediction": 5000})
        assert client.label(labels) == Labelled(n_repeated=3)
        with pytest.raises(UsageError, match="label 0: the field 'label' is null"):
            client.label([{"prediction_id": house.ids[9], "label": float("nan")}])


def test_a_viewers_token_does_not_label(house: House) -> None:
    with server(house.workspace, "0.0.0.0") as address:
        tokens = {role: house.workspace.tokens.create(ANN, role.name.lower(), role) for role in Role}
        label = [{"prediction_id": house.ids[10], "label": True}]
        with Client(address, tokens[Role.VIEWER]) as client, pytest.raises(ForbiddenError, match="needs labeller"):
            client.label(label)
        with Client(address, tokens[Role.LABELLER]) as client:
            assert client.label(label).n_accepted == 1


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet", "-"])
def test_labels_from_a_file(house: House, ending: str) -> None:
    place = 12 + 4 * [".csv", ".jsonl", ".parquet", "-"].index(ending)
    ids = house.ids[place : place + 3]
    frame = pl.DataFrame({"prediction_id": ids, "label": [True, False, None], "event_at": ["2013-03-01T00:00:00Z"] * 3})
    path = house.folder / f"labels{ending}"
    if ending == ".csv":
        frame.write_csv(path)
    elif ending == ".parquet":
        frame.with_columns(pl.col("event_at").str.to_datetime(time_zone="UTC")).write_parquet(path)
    elif ending == ".jsonl":
        frame.write_ndjson(path)
    given = frame.write_csv() if ending == "-" else ""
    done = house.command("label", "-" if given else str(path), "--json", given=given)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["n_labels"], told["n_accepted"], told["n_without_label"]) == (2, 2, 1)
    again = house.command("label", "-" if given else str(path), "--url", house.address, given=given)
    assert "known before          2" in again.stdout
    labels = house.workspace.feedback.labelled("default", "late", *EVER)["label"].to_list()
    assert labels[place : place + 3] == [1.0, 0.0, None]


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_the_first_rows_of_a_file_say_nothing_of_the_others(house: House, ending: str) -> None:
    one, two, three = house.ids[27:30]
    rows: list[dict[str, Any]] = [{"prediction_id": one, "label": None} for _ in range(120)]
    rows += [{"prediction_id": one, "label": 1} for _ in range(120)]
    rows += [
        {"prediction_id": two, "label": True},
        {"prediction_id": three, "label": 0.0, "event_at": "0001-01-01T00:00:00Z"},
    ]
    path = house.folder / f"long{ending}"
    if ending == ".jsonl":
        path.write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    else:
        lines = [
            f"{row['prediction_id']},{'' if row['label'] is None else row['label']},{row.get('event_at', '')}"
            for row in rows
        ]
        path.write_text("\n".join(["prediction_id,label,event_at", *lines]))
    done = house.command("label", str(path), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["n_without_label"] == 120
    assert (told["n_accepted"] + told["n_repeated"], told["n_quarantined"]) == (121, 1)
    assert list(told["reasons"]) == ["before its prediction"]


def test_wrong_files_are_told_in_one_line(house: House) -> None:
    path = house.folder / "wrong.csv"
    for text, message in (
        ("prediction_id,lable\nx,1\n", "has no column 'label'. Did you mean 'lable'?"),
        (f"prediction_id,label\n{house.ids[30]},1\nnobody,1\n", "label 1: 'nobody' is not a prediction id"),
        (f"prediction_id,label\n{house.ids[30]},maybe\n", "is 'maybe'; it is true, false or a finite number"),
        (f"prediction_id,label,event_at\n{house.ids[30]},1,soon\n", "'soon' is not an instant"),
        (
            f"prediction_id,label,event_at\n{house.ids[30]},1,9999-12-31T23:59:59-12:00\n",
            "of the years 1 to 9999 in UTC",
        ),
        ("", "cannot be read as labels"),
    ):
        path.write_text(text)
        done = house.command("label", str(path))
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
        assert message in done.stderr
    for text, message in (('{"prediction_id": 1\n', "line 1 is not JSON"), ("[1]\n", "it is an object for each label")):
        path.with_suffix(".jsonl").write_text(text)
        assert message in house.command("label", str(path.with_suffix(".jsonl"))).stderr
    assert "labels are read from .parquet" in house.command("label", "labels.xlsx").stderr
    assert "no.csv" in house.command("label", "no.csv").stderr
    labels = house.workspace.feedback.labelled("default", "late", *EVER)["label"].to_list()
    assert labels[30] is None


def test_the_command_tells_coverage_and_quarantine(house: House) -> None:
    wrong = new_id()
    house.post([{"prediction_id": house.ids[36], "label": True}, {"prediction_id": wrong, "label": True}])
    done = house.command("labels", "late", "--limit", "1")
    assert done.returncode == 0, done.stderr
    assert "week of     predictions  labels  coverage" in done.stdout
    assert f"{wrong}  1.0    -         unknown prediction" in done.stdout
    told = json.loads(house.command("labels", "late", "--json").stdout)
    assert told["summary"]["n_predictions"] == 40
    assert "Did you mean 'late'" in house.command("labels", "lat").stderr
