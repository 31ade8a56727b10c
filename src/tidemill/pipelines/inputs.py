"""What a step reads from outside the pipeline: resolved when the run is planned, so that it enters the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from types import FunctionType
from typing import Any

import polars as pl

from tidemill.access import Caller
from tidemill.core import digest_json, format_duration
from tidemill.data import Datasets, DatasetVersion, Source
from tidemill.features import FeatureView, view_rows
from tidemill.pipelines.errors import no_exit
from tidemill.pipelines.graph.step import Step
from tidemill.pipelines.keys.code_digest import CodeReader
from tidemill.pipelines.keys.path_digest import path_digest
from tidemill.pipelines.keys.value_digest import is_plain, value_digest


@dataclass(frozen=True)
class SourceRows:
    """A source as a step receives it: the version that the run was planned with, and its rows."""

    source: Source
    version: DatasetVersion
    rows: pl.LazyFrame


@dataclass(frozen=True)
class ViewRows:
    """A feature view as a step receives it: its declaration and the rows of its source."""

    view: FeatureView
    version: DatasetVersion
    rows: pl.LazyFrame

    @cached_property
    def computed(self) -> pl.DataFrame:
        """The view's rows, computed when they are first asked for. Raises FeatureViewError."""
        return view_rows(self.view, self.rows)


@dataclass(frozen=True)
class Ambient:
    """Something read from outside: what it is called, the digest of its content, and how to get it.

    doubts: why a result that depends on it must not be reused; empty when it may.
    """

    reference: str
    digest: str
    load: Callable[[], Any]
    doubts: tuple[str, ...] = ()


class InputResolver:
    """Resolves the sources and feature views of a project; a source is ingested once per plan."""

    def __init__(self, datasets: Datasets, caller: Caller, root: Path, code: CodeReader) -> None:
        self._datasets = datasets
        self._caller = caller
        self._root = root
        self._code = code
        self._versions: dict[str, DatasetVersion] = {}
        self._scans: dict[str, pl.LazyFrame] = {}

    def pin(self, references: Mapping[str, str]) -> None:
        """Read sources, given by name, in these versions of theirs. Raises NotFoundError."""
        self._versions |= {name: self._datasets.get(self._caller, each) for name, each in references.items()}

    def resolve(self, value: object) -> Ambient | None:
        """Return what the value stands for, or None for a value that stands for itself.

        Raises what ingesting raises.
        """
        if isinstance(value, Source):
            version = self.version(value)
            return Ambient(
                version.reference,
                version.digest,
                lambda: SourceRows(value, version, self._scan(version)),
            )
        if isinstance(value, FeatureView):
            version = self.version(value.source)
            return Ambient(
                f"{value.name} on {version.reference}",
                self._view_digest(value, version),
                cache(lambda: ViewRows(value, version, self._scan(version))),
            )
        if isinstance(value, Step | FunctionType):
            return self._code_of(value)
        if isinstance(value, Path):
            return self._path(value)
        declared = type(value).__module__.startswith("tidemill.")
        return None if declared or is_plain(value) else self._object(value)

    def version(self, source: Source) -> DatasetVersion:
        """Return the dataset version that a source is pinned to, else that of its files as they are now."""
        known = self._versions.get(source.name)
        if known is None:
            clean = self._code.digest(source.clean).digest if source.clean is not None else ""
            with no_exit(f"the cleaning of source {source.name!r}"):
                known = self._datasets.current(self._caller, source, self._root, clean)
            self._versions[source.name] = known
        return known

    def versions(self) -> list[DatasetVersion]:
        """Return every dataset version that was resolved."""
        return list(self._versions.values())

    def _scan(self, version: DatasetVersion) -> pl.LazyFrame:
        if version.reference not in self._scans:
            self._scans[version.reference] = self._datasets.scan(version)
        return self._scans[version.reference]

    def _code_of(self, value: Step[Any, Any] | FunctionType) -> Ambient:
        """Return a step or function that another step is given to call: its code decides what comes of it."""
        function = value.function if isinstance(value, Step) else value
        code = self._code.digest(function)
        if isinstance(value, Step) and not value.cache:
            doubts = (*code.doubts, f"step {value.name!r} says cache=False")
        else:
            doubts = code.doubts
        kind = "step" if isinstance(value, Step) else "function"
        if isinstance(value, Step) and value.version:
            code = replace(code, digest=digest_json([code.digest, value.version]))
        return Ambient(f"the code of {kind} {function.__name__!r}", code.digest, lambda: value, doubts)

    def _path(self, value: Path) -> Ambient:
        """Return a file or folder by its content, and by where it lies: in the project's folder wherever that is."""
        digest = digest_json([path_digest(value), value_digest(value, self._root.resolve())])
        inside = value.is_absolute() and value.is_relative_to(self._root.resolve())
        shown = value.relative_to(self._root.resolve()) if inside else value
        return Ambient(f"file {shown.as_posix()}", digest, lambda: value)

    def _object(self, value: object) -> Ambient:
        """Return an object by what it holds and by the code of its class."""
        code = self._code.digest(value)  # type: ignore[arg-type]  # of an object too
        doubts = tuple(doubt.replace("reads itself, ", "is given ") for doubt in code.doubts)
        return Ambient(f"a {type(value).__qualname__}", code.digest, lambda: value, doubts)

    def _view_digest(self, view: FeatureView, version: DatasetVersion) -> str:
        return digest_json(
            {
                "name": view.name,
                "keys": list(view.keys),
                "ttl": format_duration(view.ttl),
                "code": self._code.digest(view.compute).digest,
                "source": version.digest,
            }
        )
