"""A project: the declarations found in its module, by scanning what the module names."""

from __future__ import annotations

import importlib
import importlib.util
import linecache
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from tidemill.core import Settings, UsageError, not_found
from tidemill.data import Source
from tidemill.deployment import Endpoint
from tidemill.features import FeatureView
from tidemill.pipelines import Pipeline


@dataclass(frozen=True)
class Project:
    """The sources, feature views, pipelines and endpoints of one module, by name."""

    folder: Path
    file: Path
    sources: dict[str, Source] = field(default_factory=dict)
    feature_views: dict[str, FeatureView] = field(default_factory=dict)
    pipelines: dict[str, Pipeline] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)

    def pipeline(self, name: str | None) -> Pipeline:
        """Return a pipeline by name; without one the only one. Raises NotFoundError, UsageError."""
        if name is None and len(self.pipelines) == 1:
            return next(iter(self.pipelines.values()))
        if name is None:
            raise UsageError(
                f"{self.file.name} declares {len(self.pipelines)} pipelines; name one: {_names(self.pipelines)}"
            )
        if name not in self.pipelines:
            raise not_found("pipeline", name, self.pipelines)
        return self.pipelines[name]

    def endpoints_of(self, pipeline: Pipeline) -> list[Endpoint]:
        """Return the endpoints that take candidates from a pipeline."""
        return [endpoint for endpoint in self.endpoints.values() if endpoint.pipeline is pipeline]


def load_project(folder: Path, settings: Settings) -> Project:
    """Import a project's module and gather its declarations.

    The module is the file that the settings name, else the only Python file of the folder that imports tidemill.

    Raises UsageError when there is none, it does not import, or two declarations of a kind share a name.
    """
    folder = folder.resolve()
    file = _find_module(folder, settings)
    module = _import(folder, file)
    kinds: tuple[tuple[type[Any], str], ...] = (
        (Source, "sources"),
        (FeatureView, "feature_views"),
        (Pipeline, "pipelines"),
        (Endpoint, "endpoints"),
    )
    found: dict[str, dict[str, Any]] = {name: {} for _, name in kinds}
    for value in vars(module).values():
        for kind, name in kinds:
            if isinstance(value, kind):
                known = found[name].setdefault(value.name, value)
                if known is not value:
                    raise UsageError(
                        f"{file.name} declares two {name.replace('_', ' ')} named {value.name!r}; rename one"
                    )
    return Project(folder, file, **found)


def _find_module(folder: Path, settings: Settings) -> Path:
    if settings.module:
        file = folder / settings.module
        if not file.is_file():
            raise UsageError(f"tidemill.toml names the module {settings.module!r}, and {file} does not exist")
        return file
    files = [file for file in sorted(folder.glob("*.py")) if "tidemill" in file.read_text("utf-8", "replace")]
    if len(files) == 1:
        return files[0]
    if not files:
        raise UsageError(f"{folder} holds no project: no Python file there imports tidemill; try 'tidemill init'")
    raise UsageError(
        f"{folder} holds {len(files)} Python files that import tidemill; "
        f'name one in tidemill.toml, as module = "{files[0].name}"'
    )


def _import(folder: Path, file: Path) -> ModuleType:
    _forget(folder)
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise UsageError(f"{file} cannot be imported; give it a name that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        sys.modules.pop(file.stem, None)
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
        line = f"line {frames[-1].lineno}: " if frames else ""
        raise UsageError(f"{file.name} cannot be imported: {line}{type(error).__name__}: {error}") from error
    return module


def _forget(folder: Path) -> None:
    """Forget the folder's modules, and others of their names: a long-lived worker runs the code as it is now."""
    importlib.invalidate_caches()
    linecache.checkcache()
    own = {file.stem for file in folder.glob("*.py")}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        inside = file is not None and Path(file).is_relative_to(folder) and "site-packages" not in Path(file).parts
        if name != "__main__" and (inside or (name in own and name not in sys.stdlib_module_names)):
            del sys.modules[name]


def _names(values: dict[str, Any]) -> str:
    return ", ".join(sorted(values)) or "there is none"
