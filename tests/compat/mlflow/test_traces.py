"""Traces by the stock mlflow client, and by raw requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.compat.mlflow.conftest import ADMIN, Api, Shared
from tidemill.tracking import NewRun

#: The client's own warnings are its own, and would stop what it does in the background.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def mlflow_(shared: Shared) -> Iterator[Any]:
    """The stock client, which sends to the server at once."""
    import mlflow

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "false")
        before = mlflow.get_tracking_uri()
        mlflow.set_tracking_uri(shared.local)
        yield mlflow
        mlflow.flush_trace_async_logging()
        mlflow.set_tracking_uri(before)


def _put(api: Api, trace_id: str, **more: Any) -> dict[str, Any]:
    info = {
        "trace_id": trace_id,
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}},
        "request_time": "2026-01-31T12:00:00.250Z",
        "execution_duration": "0.5s",
        "state": "OK",
        **more,
    }
    sent = api.ask("POST", "traces", {"trace": {"trace_info": info}}, api="3.0")
    assert sent.status_code == 200, sent.text
    told: dict[str, Any] = sent.json()["trace"]["trace_info"]
    return told


def _found(api: Api, filter_: str, **more: Any) -> list[str]:
    locations = [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}]
    asked = {"locations": locations, "filter": filter_, **more}
    answer = api.ask("POST", "traces/search", asked, api="3.0")
    assert answer.status_code == 200, answer.text
    return [each["trace_id"] for each in answer.json().get("traces", [])]


def test_a_traced_function_goes_round(mlflow_: Any, shared: Shared, api: Api) -> None:
    @mlflow_.trace(name="answer", attributes={"depth": 3})  # type: ignore[untyped-decorator]
    def answer(question: str) -> dict[str, str]:
        with mlflow_.start_span("inner") as span:
            span.set_inputs({"q": question})
        return {"answer": question.upper()}

    assert answer("tide?") == {"answer": "TIDE?"}
    mlflow_.flush_trace_async_logging()
    trace_id = mlflow_.get_last_active_trace_id()
    got = mlflow_.get_trace(trace_id)
    assert [span.name for span in got.data.spans] == ["answer", "inner"]
    assert got.data.spans[0].inputs == {"question": "tide?"}
    assert got.data.spans[0].outputs == {"answer": "TIDE?"}
    assert got.data.spans[0].attributes["depth"] == 3
    assert (got.info.state.value, got.info.request_preview) == ("OK", '{"question": "tide?"}')
    assert got.info.execution_duration is not None
    (found,) = mlflow_.search_traces(
        locations=["0"], filter_string="trace.name = 'answer' AND trace.status = 'OK'", return_type="list"
    )
    assert found.info.trace_id == trace_id
    assert len(found.data.spans) == 2
    mlflow_.set_trace_tag(trace_id, "judged", "good")
    assert mlflow_.get_trace(trace_id).info.tags["judged"] == "good"
    mlflow_.delete_trace_tag(trace_id, "judged")
    assert "judged" not in mlflow_.get_trace(trace_id).info.tags
    (whole,) = api.ask("GET", "traces/batchGet", {"trace_ids": trace_id}, api="3.0").json()["traces"]
    assert [span["name"] for span in whole["spans"]] == ["answer", "inner"]
    assert mlflow_.MlflowClient().delete_traces("0", trace_ids=[trace_id]) == 1
    assert not list(shared.workspace.artifacts.walk(ADMIN, trace_id)), "its files went with it"


def test_spans_that_are_asked_for_are_those_of_the_file(mlflow_: Any, shared: Shared, api: Api) -> None:
    from mlflow.entities import Trace
    from mlflow.protos.service_pb2 import BatchGetTraces
    from mlflow.utils import proto_json_utils

    @mlflow_.trace(name="told")  # type: ignore[untyped-decorator]
    def told(x: int) -> int:
        return x + 1

    told(1)
    mlflow_.flush_trace_async_logging()
    trace_id = mlflow_.get_last_active_trace_id()
    answer: Any = BatchGetTraces.Response()
    parse_dict: Any = proto_json_utils.parse_dict
    parse_dict(api.ask("GET", "traces/batchGet", {"trace_ids": trace_id}, api="3.0").json(), answer)
    (span,) = Trace.from_proto(answer.traces[0]).data.spans
    (own,) = mlflow_.get_trace(trace_id).data.spans
    assert (span.name, span.inputs, span.outputs) == ("told", {"x": 1}, 2)
    assert (span.trace_id, span.span_id, span.start_time_ns) == (own.trace_id, own.span_id, own.start_time_ns)


def test_traces_are_told_back_as_they_came(api: Api) -> None:
    told = _put(
        api, "tr-a1", tags={"mlflow.traceName": "n", "team": "x"}, trace_metadata={"k": "v"}, request_preview="q"
    )
    assert told["tags"]["mlflow.artifactLocation"] == "mlflow-artifacts:/0/traces/tr-a1/artifacts"
    got = api.ask("GET", "traces/tr-a1", api="3.0").json()["trace"]["trace_info"]
    assert got == told
    assert (got["request_time"], got["execution_duration"]) == ("2026-01-31T12:00:00.250000Z", "0.500s")
    infos = api.ask("POST", "traces/batchGetInfos", {"trace_ids": ["tr-none", "tr-a1"]}, api="3.0").json()
    assert [each["trace_id"] for each in infos["trace_infos"]] == ["tr-a1"]
    missing = api.ask("GET", "traces/tr-none", api="3.0")
    assert (missing.status_code, missing.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_traces_are_searched_page_by_page_and_linked_to_runs(api: Api, shared: Shared) -> None:
    run_id = shared.workspace.tracking.start_run(ADMIN, NewRun("Default", "a run")).id
    for at in range(5):
        _put(api, f"tr-s{at}", request_time=f"2026-02-01T00:00:0{at}Z", tags={"set": "s"}, execution_duration=f"{at}s")
    assert _found(api, "tag.set = 's'") == [f"tr-s{at}" for at in (4, 3, 2, 1, 0)]
    assert _found(api, "tag.set = 's' AND attributes.execution_time_ms >= 3000", order_by=["timestamp ASC"]) == [
        "tr-s3",
        "tr-s4",
    ]
    locations = [{"mlflow_experiment": {"experiment_id": "0"}}]
    asked: dict[str, Any] = {"locations": locations, "filter": "tag.set = 's'", "max_results": 2}
    seen: list[str] = []
    while True:
        page = api.ask("POST", "traces/search", asked, api="3.0").json()
        seen += [each["trace_id"] for each in page["traces"]]
        if "next_page_token" not in page:
            break
        asked["page_token"] = page["next_page_token"]
    assert len(seen) == len(set(seen)) == 5
    api.post("traces/link-to-run", run_id=run_id, trace_ids=["tr-s1"])
    other = shared.workspace.tracking.start_run(ADMIN, NewRun("Default", "another")).id
    for _ in range(2):
        api.post("traces/link-to-run", run_id=other, trace_ids=["tr-s1", "tr-s2"])
    assert _found(api, f"attributes.run_id = '{run_id}'") == ["tr-s1"]
    assert _found(api, f"run_id IN ('{other}')") == ["tr-s2", "tr-s1"]
    assert api.refused("traces/link-to-run", run_id=other, trace_ids=["tr-s1"] * 101)[0] == 400
    done = api.post("traces/delete-traces", experiment_id="0", max_timestamp_millis=1_769_904_001_000, max_traces=1)
    assert done == {"traces_deleted": 1}


def test_what_cannot_be_is_a_clients_mistake(api: Api) -> None:
    location = {"mlflow_experiment": {"experiment_id": "0"}}
    whole = {"trace_id": "tr-x", "trace_location": location, "request_time": "2026-01-31T12:00:00Z"}
    wrong: list[dict[str, Any]] = [{"trace_id": "../x"}, {"trace_id": "tr-" + "n" * 99}, {"request_time": "soon"}]
    wrong += [{"request_time": "2026-13-31T12:00:00Z"}, {"execution_duration": "long"}, {"trace_location": {}}]
    wrong += [{"trace_location": {"mlflow_experiment": {"experiment_id": "x"}}}, {"tags": {"k": 1}}, {"tags": [1]}]
    for change in wrong:
        answer = api.ask("POST", "traces", {"trace": {"trace_info": whole | change}}, api="3.0")
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), change
    far = whole | {"trace_location": {"mlflow_experiment": {"experiment_id": "99"}}}
    assert api.ask("POST", "traces", {"trace": {"trace_info": far}}, api="3.0").status_code == 404
    for filter_ in ("nonsense", "attributes.owner = 'x'", "tag.a > 'b'", "name = 5"):
        answer = api.ask("POST", "traces/search", {"locations": [location], "filter": filter_}, api="3.0")
        assert answer.status_code == 400, filter_


def test_the_older_words_go_round(api: Api) -> None:
    began = api.post("traces", experiment_id="0", timestamp_ms=1000, tags=[{"key": "mlflow.traceName", "value": "old"}])
    trace_id = began["trace_info"]["request_id"]
    assert began["trace_info"]["status"] == "IN_PROGRESS"
    ended = api.ask("PATCH", f"traces/{trace_id}", {"timestamp_ms": 1500, "status": "ERROR"}).json()["trace_info"]
    assert (ended["execution_time_ms"], ended["status"]) == (500, "ERROR")
    assert api.get(f"traces/{trace_id}/info")["trace_info"] == ended
    found = api.get("traces", experiment_ids=["0"], filter="name = 'old'")
    assert [each["request_id"] for each in found["traces"]] == [trace_id]
