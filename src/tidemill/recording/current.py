"""The current run: beginning one, and functions that log to it from anywhere below."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any, TypedDict, Unpack

from tidemill.core import UsageError, is_id, load_settings, new_id
from tidemill.recording.active_run import ActiveRun, ending_of
from tidemill.recording.capture import tags_at_once
from tidemill.recording.destinations import Target
from tidemill.recording.entries import LONGEST_NAME, storable_text
from tidemill.recording.files import figure_bytes, image_bytes, json_bytes, table_bytes
from tidemill.recording.journal import now_ms
from tidemill.recording.recorder import PROCESS, Recorder
from tidemill.tracking import DEFAULT_EXPERIMENT, check_experiment_name

#: Names the run within which another was begun; other programs know it by this name.
PARENT_TAG = "mlflow.parentRunId"
_AT_EXIT_S = 10.0
_CURRENT: ContextVar[ActiveRun | None] = ContextVar("tidemill_run", default=None)


class RunSettings(TypedDict, total=False):
    """What else `run` takes.

    run_id: 32 hexadecimal digits of a run to go on with, or to log to together with other processes.
    seed: seeds that training was given, noted with the run.
    capture: whether the commit, uncommitted changes, packages, command, host and folder are noted (they are).
    system_metrics: whether processor, memory, disk, network and GPUs are sampled (they are).
    home: the folder of the store. url: of a server; empty: the store. The settings name both when these do not.
    """

    run_id: str
    seed: object
    capture: bool
    system_metrics: bool
    home: Path | str
    url: str


def run(
    experiment: str = DEFAULT_EXPERIMENT,
    *,
    name: str | None = None,
    tags: Mapping[str, object] | None = None,
    params: Mapping[str, object] | None = None,
    **more: Unpack[RunSettings],
) -> ActiveRun:
    """Begin a run and make it the current one, until it ends: with the block, or by `finish`.

    Within another run it is that one's child. No store and no server is asked or waited for. What `more` may hold is
    told by `RunSettings`.

    Raises UsageError for a name that no run or experiment can have; nothing else, and nothing later.

    >>> import tempfile
    >>> with run("trees", home=tempfile.mkdtemp(), params={"depth": 3}, capture=False, system_metrics=False) as trees:
    ...     log_metric("loss", 0.5)
    ...     log_metric("loss", 0.25)
    >>> trees.has_ended
    True
    """
    check_experiment_name(experiment)
    run_id = _run_id(more.get("run_id"))
    name = _name(name, run_id)
    target = _target(more)
    above = current_run()
    noted: dict[str, object] = {**tags_at_once(more.get("seed"))} if more.get("capture", True) else {}
    if above is not None:
        noted[PARENT_TAG] = above.id
    begun = ActiveRun(PROCESS, target, run_id, owner=True, name=name)
    told = {"experiment": experiment, "name": name, "at": now_ms()}
    begun.begin(told, capture=more.get("capture", True), go_on="run_id" in more)
    begun.set_tags({**noted, **(tags or {})})
    begun.log_params(params or {})
    if more.get("system_metrics", True):
        begun.writer.sample(begun.log_metrics)
    begun.on_end = partial(_set_current, above)
    _set_current(begun)
    return begun


def current_run() -> ActiveRun | None:
    """Return the run that is current here; in a thread that began none, the one run that is open in this process.

    >>> run = current_run()
    >>> run is None or not run.has_ended
    True
    """
    here = _CURRENT.get()
    if here is not None and not here.has_ended:
        return here
    open_runs = PROCESS.open_runs()
    only = open_runs[0] if len(open_runs) == 1 else None
    return only if isinstance(only, ActiveRun) else None


def log_metric(key: str, value: float, step: int | None = None) -> None:
    """Log one point of a metric to the current run. See `ActiveRun.log_metric`."""
    here = _CURRENT.get() or _somewhere(f"metric {key!r}")
    if here is not None:
        here.log_metric(key, value, step)


def log_metrics(metrics: Mapping[str, float], step: int | None = None) -> None:
    """Log one point of each metric to the current run."""
    if (here := _somewhere("metrics")) is not None:
        here.log_metrics(metrics, step)


def log_param(key: str, value: object) -> None:
    """Log a param to the current run."""
    if (here := _somewhere(f"param {key!r}")) is not None:
        here.log_params({key: value})


def log_params(params: Mapping[str, object]) -> None:
    """Log params to the current run."""
    if (here := _somewhere("params")) is not None:
        here.log_params(params)


def set_tag(key: str, value: object) -> None:
    """Set a tag of the current run."""
    if (here := _somewhere(f"tag {key!r}")) is not None:
        here.set_tags({key: value})


def set_tags(tags: Mapping[str, object]) -> None:
    """Set tags of the current run."""
    if (here := _somewhere("tags")) is not None:
        here.set_tags(tags)


def log_text(text: str, path: str) -> None:
    """Log a text as an artifact of the current run."""
    if (here := _somewhere(f"artifact {path!r}")) is not None:
        here.log_content(path, lambda: str(text).encode("utf-8", "backslashreplace"))


def log_dict(content: Any, path: str) -> None:
    """Log plain data as JSON, an artifact of the current run; NaN and infinities become null."""
    if (here := _somewhere(f"artifact {path!r}")) is not None:
        here.log_content(path, lambda: json_bytes(content))


def log_table(table: Any, path: str) -> None:
    """Log a table as an artifact of the current run; its path ends in .json, .csv or .parquet.

    table: columns by name, a list of rows as mappings, or a frame of polars or pandas.
    """
    if (here := _somewhere(f"artifact {path!r}")) is not None:
        here.log_content(path, lambda: table_bytes(table, path))


def log_image(image: Any, path: str) -> None:
    """Log a picture as an artifact of the current run: of PIL, or an array, which is written as PNG."""
    if (here := _somewhere(f"artifact {path!r}")) is not None:
        here.log_content(path, lambda: image_bytes(image, path))


def log_figure(figure: Any, path: str) -> None:
    """Log a figure of matplotlib, plotly or altair as an artifact of the current run."""
    if (here := _somewhere(f"artifact {path!r}")) is not None:
        here.log_content(path, lambda: figure_bytes(figure, path))


def log_artifact(file: Path | str, path: str | None = None) -> None:
    """Log a copy of a file as an artifact of the current run. path: what it is called there."""
    if (here := _somewhere(f"artifact {file!r}")) is not None:
        here.log_artifact(file, path)


def log_artifacts(folder: Path | str, path: str | None = None) -> None:
    """Log the files of a folder as artifacts of the current run, below a path when one is given."""
    if (here := _somewhere(f"the artifacts {folder}")) is not None:
        here.log_artifacts(folder, path)


def end_open_runs(recorder: Recorder) -> None:
    """End the runs of this process that are still open, as its last uncaught error says, and let it end."""
    status, error = ending_of(getattr(sys, "last_value", None))
    for each in recorder.open_runs():
        if isinstance(each, ActiveRun):
            each.finish(status, error, within_s=_AT_EXIT_S)
    recorder.stop()


def _somewhere(what: str) -> ActiveRun | None:
    here = _CURRENT.get() or current_run()
    if here is None:
        PROCESS.complaints.say(f"{what} is not logged: no run is going on; begin one by 'with tm.run():'", "no run")
    return here


def _set_current(value: ActiveRun | None) -> None:
    _CURRENT.set(value)


def _target(more: RunSettings) -> Target:
    here = Path()
    home = more.get("home")
    settings = load_settings(here, home=None if home is None else Path(home).absolute())
    given = more.get("url")
    url = given if given is not None else ("" if home is not None else settings.url)
    return Target(settings, url.rstrip("/"), here.absolute())


def _run_id(given: object) -> str:
    if given is None:
        return new_id()
    text = str(given)
    if not is_id(text):
        raise UsageError(f"{text[:80]!r} is not the id of a run; take one from tidemill.core.new_id, or of another run")
    return text


def _name(given: str | None, run_id: str) -> str:
    name = f"run-{run_id[-6:]}" if given is None else str(given)
    if not name.strip() or len(name) > LONGEST_NAME or storable_text(name) != name:
        raise UsageError(f"{name[:80]!r} cannot name a run; use 1 to {LONGEST_NAME} characters")
    return name


atexit.register(end_open_runs, PROCESS)
