"""Tidemill: the whole MLOps loop in one package.

`import tidemill as tm` costs a few milliseconds: each name is fetched from its room when it is first used.
Declare a project with `tm.source`, `tm.feature_view`, `tm.step`, `tm.pipeline` and `tm.endpoint`; run it with
the command `tidemill`; read the rooms' own docstrings for the rest.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tidemill.app import open_workspace
    from tidemill.client import Client
    from tidemill.compat.mlflow_stores import export_store, import_store
    from tidemill.core import Settings, TidemillError, load_settings
    from tidemill.data import between, check, has_columns, matches, not_null, one_of, source, unique
    from tidemill.deployment import endpoint
    from tidemill.evaluation import (
        EvaluationReport,
        Evidence,
        at_least,
        at_most,
        data_checks,
        directional,
        documents,
        four_fifths,
        group_gap_at_most,
        invariance,
        latency_at_most,
        minimum_functionality,
        model_test,
        model_tests,
        no_worse_than,
        parity,
        slice_at_least,
    )
    from tidemill.evaluation.step import evaluate
    from tidemill.features import TrainingSet, entity, feature_view
    from tidemill.folders import checkout_folder, commit_folder
    from tidemill.loop import every, on_drift, on_drop
    from tidemill.model_logging import log_model
    from tidemill.monitoring import drift, performance
    from tidemill.pipelines import Approval, Failure, approval, pipeline, split_by_time, step, training_set, when
    from tidemill.project import load_project
    from tidemill.recording import (
        callbacks,
        current_run,
        log_artifact,
        log_artifacts,
        log_dict,
        log_figure,
        log_image,
        log_metric,
        log_metrics,
        log_param,
        log_params,
        log_table,
        log_text,
        run,
        set_tag,
        set_tags,
    )
    from tidemill.registry import candidate, policy
    from tidemill.run_search import search_runs
    from tidemill.tuning import choice, integer, real, tune

_ROOMS = {
    "Client": "tidemill.client",
    "EvaluationReport": "tidemill.evaluation",
    "Settings": "tidemill.core",
    "TidemillError": "tidemill.core",
    "TrainingSet": "tidemill.features",
    "at_least": "tidemill.evaluation",
    "at_most": "tidemill.evaluation",
    "between": "tidemill.data",
    "candidate": "tidemill.registry",
    "check": "tidemill.data",
    "checkout_folder": "tidemill.folders",
    "choice": "tidemill.tuning",
    "commit_folder": "tidemill.folders",
    "drift": "tidemill.monitoring",
    "endpoint": "tidemill.deployment",
    "entity": "tidemill.features",
    "evaluate": "tidemill.evaluation.step",
    "every": "tidemill.loop",
    "export_store": "tidemill.compat.mlflow_stores",
    "feature_view": "tidemill.features",
    "has_columns": "tidemill.data",
    "import_store": "tidemill.compat.mlflow_stores",
    "integer": "tidemill.tuning",
    "load_project": "tidemill.project",
    "load_settings": "tidemill.core",
    "log_model": "tidemill.model_logging",
    "matches": "tidemill.data",
    "no_worse_than": "tidemill.evaluation",
    "not_null": "tidemill.data",
    "on_drift": "tidemill.loop",
    "on_drop": "tidemill.loop",
    "one_of": "tidemill.data",
    "open_workspace": "tidemill.app",
    "performance": "tidemill.monitoring",
    "Approval": "tidemill.pipelines",
    "Failure": "tidemill.pipelines",
    "approval": "tidemill.pipelines",
    "pipeline": "tidemill.pipelines",
    "when": "tidemill.pipelines",
    "real": "tidemill.tuning",
    "search_runs": "tidemill.run_search",
    "slice_at_least": "tidemill.evaluation",
    "source": "tidemill.data",
    "split_by_time": "tidemill.pipelines",
    "step": "tidemill.pipelines",
    "training_set": "tidemill.pipelines",
    "tune": "tidemill.tuning",
    "unique": "tidemill.data",
    "current_run": "tidemill.recording",
    "callbacks": "tidemill.recording",
    "log_artifact": "tidemill.recording",
    "log_artifacts": "tidemill.recording",
    "log_dict": "tidemill.recording",
    "log_figure": "tidemill.recording",
    "log_image": "tidemill.recording",
    "log_metric": "tidemill.recording",
    "log_metrics": "tidemill.recording",
    "log_param": "tidemill.recording",
    "log_params": "tidemill.recording",
    "log_table": "tidemill.recording",
    "log_text": "tidemill.recording",
    "run": "tidemill.recording",
    "set_tag": "tidemill.recording",
    "set_tags": "tidemill.recording",
    "Evidence": "tidemill.evaluation",
    "data_checks": "tidemill.evaluation",
    "directional": "tidemill.evaluation",
    "documents": "tidemill.evaluation",
    "four_fifths": "tidemill.evaluation",
    "group_gap_at_most": "tidemill.evaluation",
    "invariance": "tidemill.evaluation",
    "latency_at_most": "tidemill.evaluation",
    "minimum_functionality": "tidemill.evaluation",
    "model_test": "tidemill.evaluation",
    "model_tests": "tidemill.evaluation",
    "parity": "tidemill.evaluation",
    "policy": "tidemill.registry",
}

__all__ = [
    "Approval",
    "Client",
    "EvaluationReport",
    "Evidence",
    "Failure",
    "Settings",
    "TidemillError",
    "TrainingSet",
    "approval",
    "at_least",
    "at_most",
    "between",
    "callbacks",
    "candidate",
    "check",
    "checkout_folder",
    "choice",
    "commit_folder",
    "current_run",
    "data_checks",
    "directional",
    "documents",
    "drift",
    "endpoint",
    "entity",
    "evaluate",
    "every",
    "export_store",
    "feature_view",
    "four_fifths",
    "group_gap_at_most",
    "has_columns",
    "import_store",
    "integer",
    "invariance",
    "latency_at_most",
    "load_project",
    "load_settings",
    "log_artifact",
    "log_artifacts",
    "log_dict",
    "log_figure",
    "log_image",
    "log_metric",
    "log_metrics",
    "log_model",
    "log_param",
    "log_params",
    "log_table",
    "log_text",
    "matches",
    "minimum_functionality",
    "model_test",
    "model_tests",
    "no_worse_than",
    "not_null",
    "on_drift",
    "on_drop",
    "one_of",
    "open_workspace",
    "parity",
    "performance",
    "pipeline",
    "policy",
    "real",
    "run",
    "search_runs",
    "set_tag",
    "set_tags",
    "slice_at_least",
    "source",
    "split_by_time",
    "step",
    "training_set",
    "tune",
    "unique",
    "when",
]


def __getattr__(name: str) -> Any:
    room = _ROOMS.get(name)
    if room is None:
        # Imported late, since nearly nobody mistypes a name.
        from tidemill.core import did_you_mean

        raise AttributeError(f"tidemill has no {name!r}.{did_you_mean(name, _ROOMS)}")
    value = getattr(import_module(room), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
