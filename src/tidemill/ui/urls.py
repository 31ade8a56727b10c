"""The addresses of the pages, in one place. Names are quoted, so that any name makes a working link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from urllib.parse import quote, urlencode

HOME = "/"
HOME_LIVE = "/fragments/home"
DATASETS = "/data"
EXPERIMENTS = "/experiments"
RUNS = "/runs"
COMPARE = "/compare"
LOGGED_MODELS = "/logged-models"
TRACES = "/traces"
BUNDLES = "/bundles"
PIPELINES = "/pipelines"
MODELS = "/models"
ENDPOINTS = "/endpoints"
PREDICTIONS = "/predictions"
AUDIT = "/audit"
APPROVALS = "/approvals"
PROMOTIONS = "/promotions"
STORAGE = "/storage"
ERASURES = "/erasures"
WEBHOOKS = "/webhooks"
COMPONENTS = "/components"
SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
STATIC = "/static"


def dataset_url(name: str, version: int | None = None) -> str:
    """Page of a dataset; with a version, that version is shown open.

    Examples:
        >>> dataset_url("flights")
        '/data/flights'
        >>> dataset_url("flights", 3)
        '/data/flights?version=3'
    """
    query = "" if version is None else "?" + urlencode({"version": version})
    return f"{DATASETS}/{_part(name)}{query}"


def erasure_url(request_id: str) -> str:
    """Page of the erasures that shows one of them.

    Examples:
        >>> erasure_url("0197f3")
        '/erasures?request=0197f3'
    """
    return f"{ERASURES}?{urlencode({'request': request_id})}"


def run_url(run_id: str) -> str:
    """Page of a run.

    Examples:
        >>> run_url("0197f3")
        '/runs/0197f3'
    """
    return f"{RUNS}/{_part(run_id)}"


def runs_url(
    *,
    experiments: Sequence[str] = (),
    where: str = "",
    order: str = "",
    columns: Sequence[str] = (),
    at: int = 0,
) -> str:
    """Page of the runs that match, with columns by choice, from a place on.

    Examples:
        >>> runs_url(experiments=("delays",), where="metrics.auc > 0.7", columns=("metrics.auc",), at=100)
        '/runs?experiment=delays&filter=metrics.auc+%3E+0.7&column=metrics.auc&at=100'
        >>> runs_url()
        '/runs'
    """
    asked = [("experiment", name) for name in experiments]
    asked += [("filter", where)] if where else []
    asked += [("order", order)] if order else []
    asked += [("column", key) for key in columns]
    asked += [("at", str(at))] if at else []
    return RUNS + (f"?{urlencode(asked)}" if asked else "")


def logged_model_url(model_id: str) -> str:
    """Page of a model that a run logged.

    Examples:
        >>> logged_model_url("m-0197f3")
        '/logged-models/m-0197f3'
    """
    return f"{LOGGED_MODELS}/{_part(model_id)}"


def traces_url(*, experiment: str = "", run_id: str = "", where: str = "", after: str = "") -> str:
    """Page of the traces of an experiment or a run, those that match.

    Examples:
        >>> traces_url(experiment="answers", where="attributes.status = 'ERROR'")
        '/traces?experiment=answers&filter=attributes.status+%3D+%27ERROR%27'
        >>> traces_url()
        '/traces'
    """
    asked = {"experiment": experiment, "run": run_id, "filter": where, "after": after}
    query = urlencode({name: value for name, value in asked.items() if value})
    return TRACES + (f"?{query}" if query else "")


def trace_url(trace_id: str) -> str:
    """Page of a trace.

    Examples:
        >>> trace_url("tr-0197f3")
        '/traces/tr-0197f3'
    """
    return f"{TRACES}/{_part(trace_id)}"


def webhook_url(webhook_id: str) -> str:
    """Page of a webhook.

    Examples:
        >>> webhook_url("0197f3")
        '/webhooks/0197f3'
    """
    return f"{WEBHOOKS}/{_part(webhook_id)}"


def compare_url(run_ids: Sequence[str] = (), *, experiments: Sequence[str] = (), where: str = "") -> str:
    """Page that shows runs side by side: these, or those that match.

    Examples:
        >>> compare_url(("0197f3", "0197f4"))
        '/compare?run=0197f3&run=0197f4'
        >>> compare_url(where="metrics.auc > 0.7")
        '/compare?filter=metrics.auc+%3E+0.7'
    """
    asked = [("run", each) for each in run_ids] + [("experiment", name) for name in experiments]
    asked += [("filter", where)] if where else []
    return COMPARE + (f"?{urlencode(asked)}" if asked else "")


def versions_compared_url(model: str, one: int, other: int) -> str:
    """Page that shows two versions of a model side by side.

    Examples:
        >>> versions_compared_url("delay", 2, 3)
        '/models/delay/compare?one=2&other=3'
    """
    return f"{model_url(model)}/compare?{urlencode({'one': one, 'other': other})}"


def bundle_url(digest: str) -> str:
    """Page of a bundle of code.

    Examples:
        >>> bundle_url("3f9ab04f")
        '/bundles/3f9ab04f'
    """
    return f"{BUNDLES}/{_part(digest)}"


def run_files_url(run_id: str, path: str = "", after: str = "") -> str:
    """Page of the files of a run, or of a logged model: a folder, or one of them.

    Examples:
        >>> run_files_url("0197f3"), run_files_url("m-0197f3", "MLmodel")
        ('/runs/0197f3/files', '/logged-models/m-0197f3/files?path=MLmodel')
    """
    asked = {key: value for key, value in (("path", path), ("after", after)) if value}
    home = logged_model_url(run_id) if run_id.startswith("m-") else run_url(run_id)
    return f"{home}/files" + (f"?{urlencode(asked)}" if asked else "")


def run_step_url(run_id: str, position: int) -> str:
    """Page of a step of a run, given by its position from 0; people count from 1.

    Examples:
        >>> run_step_url("0197f3", 2)
        '/runs/0197f3/steps/3'
    """
    return f"{run_url(run_id)}/steps/{position + 1}"


def run_elements_url(run_id: str, position: int, *, state: str = "", after: int = -1) -> str:
    """Page of the elements of a map: of a state, behind one.

    Examples:
        >>> run_elements_url("0197f3", 2, state="failed", after=199)
        '/runs/0197f3/steps/3/elements?state=failed&after=199'
    """
    asked = {"state": state, "after": "" if after < 0 else str(after)}
    query = urlencode({key: value for key, value in asked.items() if value})
    return f"{run_step_url(run_id, position)}/elements" + (f"?{query}" if query else "")


def pipeline_url(name: str) -> str:
    """Page of a pipeline.

    Examples:
        >>> pipeline_url("delays")
        '/pipelines/delays'
    """
    return f"{PIPELINES}/{_part(name)}"


def plan_url(name: str) -> str:
    """Page that says what a run of a pipeline would do.

    Examples:
        >>> plan_url("delays")
        '/pipelines/delays/plan'
    """
    return f"{pipeline_url(name)}/plan"


def folded_url(path: str, folded: str) -> str:
    """A page with a graph, on which these nested pipelines are folded.

    Examples:
        >>> folded_url("/runs/0197f3", "fit,judge/score")
        '/runs/0197f3?folded=fit%2Cjudge%2Fscore'
    """
    return f"{path}?{urlencode({'folded': folded})}"


def model_url(name: str) -> str:
    """Page of a registered model.

    Examples:
        >>> model_url("a/b c")
        '/models/a%2Fb%20c'
    """
    return f"{MODELS}/{_part(name)}"


def model_version_url(name: str, version: int) -> str:
    """Page of a model version.

    Examples:
        >>> model_version_url("delay", 3)
        '/models/delay/3'
    """
    return f"{model_url(name)}/{version}"


def promote_url(name: str, version: int) -> str:
    """Where the promotion of a model version is posted to.

    Examples:
        >>> promote_url("delay", 3)
        '/models/delay/3/promote'
    """
    return f"{model_version_url(name, version)}/promote"


def gate_url(name: str, version: int) -> str:
    """Page of the gate report of a model version.

    Examples:
        >>> gate_url("delay", 3)
        '/models/delay/3/gate'
    """
    return f"{model_version_url(name, version)}/gate"


def promotion_url(request_id: str) -> str:
    """Page of a promotion that was asked for.

    Examples:
        >>> promotion_url("0197f3")
        '/promotions/0197f3'
    """
    return f"{PROMOTIONS}/{_part(request_id)}"


def endpoint_url(name: str) -> str:
    """Page of an endpoint.

    Examples:
        >>> endpoint_url("delay")
        '/endpoints/delay'
    """
    return f"{ENDPOINTS}/{_part(name)}"


def turn_url(endpoint: str, turn_id: str) -> str:
    """Page of a turn of an endpoint's loop.

    Examples:
        >>> turn_url("delay", "0197f3")
        '/endpoints/delay/turns/0197f3'
    """
    return f"{endpoint_url(endpoint)}/turns/{_part(turn_id)}"


def window_url(endpoint: str, starts_at: datetime) -> str:
    """Page of what an endpoint's monitors found in the window that starts at an instant.

    Examples:
        >>> from datetime import UTC
        >>> window_url("delay", datetime(2013, 6, 3, tzinfo=UTC))
        '/endpoints/delay/windows/2013-06-03'
        >>> window_url("delay", datetime(2013, 6, 3, 6, tzinfo=UTC))
        '/endpoints/delay/windows/2013-06-03T06:00:00Z'
    """
    at = starts_at.astimezone(UTC)
    return f"{endpoint_url(endpoint)}/windows/{at:%Y-%m-%d}" + ("" if at.time() == time() else f"{at:T%H:%M:%SZ}")


def retrain_url(endpoint: str) -> str:
    """Where the wish to retrain is posted to.

    Examples:
        >>> retrain_url("delay")
        '/endpoints/delay/retrain'
    """
    return f"{endpoint_url(endpoint)}/retrain"


def prediction_url(prediction_id: str) -> str:
    """Page that says why a prediction came out as it did.

    Examples:
        >>> prediction_url("0197f3")
        '/predictions/0197f3'
    """
    return f"{PREDICTIONS}/{_part(prediction_id)}"


def audit_url(*, before: int | None = None, q: str = "") -> str:
    """Page of audit events, newest first, those before a position.

    Examples:
        >>> audit_url(before=120, q="model")
        '/audit?before=120&q=model'
    """
    asked = {"before": before, "q": q}
    query = urlencode({key: value for key, value in asked.items() if value not in (None, "")})
    return AUDIT + (f"?{query}" if query else "")


def json_url(path: str) -> str:
    """Address of a page's .json twin; the query is kept.

    Examples:
        >>> json_url("/")
        '/home.json'
        >>> json_url("/audit?before=120")
        '/audit.json?before=120'
    """
    address, mark, query = path.partition("?")
    return (address.rstrip("/") or "/home") + ".json" + mark + query


def static_url(name: str, digest: str = "") -> str:
    """Address of a static file; the digest lets browsers keep it for ever.

    Examples:
        >>> static_url("tokens.css", "ab12")
        '/static/tokens.css?v=ab12'
    """
    return f"{STATIC}/{name}" + (f"?v={digest}" if digest else "")


def _part(name: str) -> str:
    return quote(name, safe="@:~")
