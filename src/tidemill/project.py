"""A project: the declarations found in its module, by scanning what the module names."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from tidemill.core import Settings, UsageError, not_found
from tidemill.data import Source
from tidemill.deployment import Endpoint
from tidemill.evaluation import CustomRule, ModelTest
from tidemill.features import FeatureView
from tidemill.pipelines import Pipeline
from tidemill.project_module import import_project_module


@dataclass(frozen=True)
class Project:
    """The sources, feature views, pipelines, endpoints and tests of models of one module, by name."""

    folder: Path
    file: Path
    sources: dict[str, Source] = field(default_factory=dict)
    feature_views: dict[str, FeatureView] = field(default_factory=dict)
    pipelines: dict[str, Pipeline] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    model_tests: dict[str, ModelTest] = field(default_factory=dict)

    def pipeline(self, name: str | None) -> Pipeline:
        """Return a pipeline by name; without one the only one, or the only one that no other nests.

        Raises NotFoundError, UsageError.
        """
        if name is None and len(self.pipelines) == 1:
            return next(iter(self.pipelines.values()))
        if name is None:
            inner = {id(each) for pipeline in self.pipelines.values() for each in pipeline.nested()}
            roots = [pipeline for pipeline in self.pipelines.values() if id(pipeline) not in inner]
            if len(roots) == 1:
                return roots[0]
            raise UsageError(
                f"{self.file.name} declares {len(self.pipelines)} pipelines; name one: {_names(self.pipelines)}"
            )
        if name not in self.pipelines:
            raise not_found("pipeline", name, self.pipelines)
        return self.pipelines[name]

    def params(self, pipeline: Pipeline, settings: Settings, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the params of a run: the given ones, beside those that the settings have for the pipeline.

        Text in the settings is read as the type of the param's default.
        """
        stored = dict(dict(settings.params).get(pipeline.name, ()))
        declared = inspect.signature(pipeline.function).parameters
        settled = {
            name: _like(declared[name].default, value) if name in declared else value for name, value in stored.items()
        }
        return {**settled, **given}

    def own_rules(self, endpoint: str) -> dict[str, CustomRule]:
        """Return the rules of an endpoint's gates that are the project's own, by name."""
        found = self.endpoints.get(endpoint)
        return {rule.name: rule for rule in found.rules() if isinstance(rule, CustomRule)} if found else {}

    def endpoints_of(self, pipeline: Pipeline) -> list[Endpoint]:
        """Return the endpoints that take candidates from a pipeline."""
        return [endpoint for endpoint in self.endpoints.values() if endpoint.pipeline is pipeline]


def load_project(folder: Path, settings: Settings) -> Project:
    """Import a project's module and gather its declarations.

    Raises UsageError when there is none, it does not import, or two declarations of a kind share a name.
    """
    file, module = import_project_module(folder, settings)
    return gather_project(folder, file, module)


def gather_project(folder: Path, file: Path, module: ModuleType) -> Project:
    """Gather the declarations that a module names. Raises UsageError when two of a kind share a name."""
    kinds: tuple[tuple[type[Any], str], ...] = (
        (Source, "sources"),
        (FeatureView, "feature_views"),
        (Pipeline, "pipelines"),
        (Endpoint, "endpoints"),
        (ModelTest, "model_tests"),
    )
    found: dict[str, dict[str, Any]] = {name: {} for _, name in kinds}
    for value in vars(module).values():
        for kind, name in kinds:
            if isinstance(value, kind):
                known = found[name].setdefault(value.name, value)
                if known is not value:
                    what = name.replace("_", " ")
                    raise UsageError(f"{file.name} declares two {what} named {value.name!r}; rename one")
    return Project(folder.resolve(), file, **found)


def _names(values: dict[str, Any]) -> str:
    return ", ".join(sorted(values)) or "there is none"


def _like(default: Any, value: Any) -> Any:
    """Return a value of the settings as a default of this type would be written."""
    if isinstance(default, str) and not isinstance(value, str):
        return str(value)
    if isinstance(value, str) and isinstance(default, int | float) and not isinstance(default, bool):
        for kind in (int, float):
            try:
                return kind(value)
            except ValueError:
                continue
    return value
