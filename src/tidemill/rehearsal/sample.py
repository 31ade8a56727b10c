"""A sample of a project's sources: deterministic, by key, so that joins still find their partners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from tidemill.core import UsageError
from tidemill.data import IngestError, Source
from tidemill.data.cleaning import clean_file
from tidemill.data.reading import find_files
from tidemill.project import Project

#: A sample by groups holds at least so many of them; of fewer it would be of a few kinds of rows only.
FEWEST_GROUPS = 20
_BUCKETS = 1 << 30
_SEED = 2013

Columns = tuple[str, ...]


@dataclass(frozen=True)
class Thinning:
    """How one source is thinned. n_rows: of the whole source, once cleaned.

    columns: rows are chosen by these, all rows of a value or none; empty for a source that is kept whole.
    share: of the values that stay, 0 to 1.
    """

    n_rows: int
    columns: Columns
    share: float

    def words(self) -> str:
        """Say it.

        >>> Thinning(3000, ("customer",), 0.1).words()
        '10 % of 3,000 rows, by customer'
        """
        if not self.columns or self.share >= 1:
            return f"all {self.n_rows:,} rows"
        return f"{100 * self.share:.3g} % of {self.n_rows:,} rows, by {', '.join(self.columns)}"


class Sample:
    """A share of the rows of a project's sources, as files of their own in a working folder.

    Rows are chosen by a hash of their key: the same on each machine and run, in their order, over the whole time. Where
    feature views are about entities with many values (customers, hours at an airport), whole entities are chosen, in
    every source that has their columns: a row finds the very history that it has in full. With few values (carriers)
    rows are chosen one by one in the largest source, and what feature views read elsewhere is kept whole.
    """

    def __init__(self, project: Project, root: Path, place: Path, share: float | None, rows: int | None) -> None:
        check_sample(share, rows)
        self._project = project
        self._root = root
        self._place = place
        self._asked = (share, rows)
        self._plan: dict[str, Thinning] | None = None
        self._files: dict[str, Path] = {}

    def read_as(self, source: Source) -> Source:
        """Return the source that gives the sample of a source. Raises IngestError, UsageError."""
        if source.name not in self._files:
            self._files[source.name] = self._write(source)
        return replace(source, files=str(self._files[source.name]), clean=None)

    def thinning(self) -> dict[str, Thinning]:
        """Return how each source is thinned, by name. Raises IngestError."""
        if self._plan is None:
            self._plan = self._decide()
        return self._plan

    def _write(self, source: Source) -> Path:
        how = self.thinning().get(source.name) or Thinning(0, (), 1.0)
        frames = [_thinned(frame, how, source.key) for frame in self._cleaned(source)]
        rows = _joined(source, frames)
        if rows.height == 0:
            raise UsageError(
                f"the sample holds none of the {how.n_rows:,} rows of source {source.name!r}: ask for a larger one"
            )
        path = self._place / f"{source.name}.parquet"
        self._place.mkdir(parents=True, exist_ok=True)
        rows.write_parquet(path)
        return path

    def _cleaned(self, source: Source) -> Iterator[pl.DataFrame]:
        for path in find_files(self._root, source.files):
            yield clean_file(source, path)

    def _sources(self) -> dict[str, Source]:
        seen = {view.source.name: view.source for view in self._project.feature_views.values()}
        return seen | self._project.sources

    def _decide(self) -> dict[str, Thinning]:
        views = self._project.feature_views.values()
        entities = list(dict.fromkeys(view.keys for view in views))
        found = {name: _counted(self._cleaned(source), entities) for name, source in self._sources().items()}
        largest = max(found, key=lambda name: found[name].n_rows, default="")
        share = self._share(found[largest].n_rows if largest else 0)
        chosen = _entity(found, share)
        looked_up = {view.source.name for view in views} - {largest}
        plan = {}
        for name, counted in found.items():
            if chosen in counted.n_groups:
                plan[name] = Thinning(counted.n_rows, chosen, share)
            elif name in looked_up or counted.n_rows <= (self._asked[1] or 0):
                plan[name] = Thinning(counted.n_rows, (), 1.0)
            else:
                plan[name] = Thinning(counted.n_rows, (self._sources()[name].key,), share)
        return plan

    def _share(self, n_rows: int) -> float:
        share, rows = self._asked
        return share if share is not None else min(1.0, (rows or 0) / max(1, n_rows))


@dataclass(frozen=True)
class _Counted:
    n_rows: int
    n_groups: dict[Columns, int]


def _counted(frames: Iterable[pl.DataFrame], entities: list[Columns]) -> _Counted:
    n_rows, groups = 0, dict[Columns, list[pl.Series]]()
    for frame in frames:
        n_rows += frame.height
        for columns in entities:
            if set(columns) <= set(frame.columns):
                groups.setdefault(columns, []).append(frame.select(_hash(columns)).to_series().unique())
    return _Counted(n_rows, {columns: pl.concat(seen).n_unique() for columns, seen in groups.items()})


def _entity(found: dict[str, _Counted], share: float) -> Columns:
    """Return the entity by which rows are chosen: one that joins sources before others, then the one of most values."""
    offers: dict[Columns, list[int]] = {}
    for counted in found.values():
        for columns, n_groups in counted.n_groups.items():
            offers.setdefault(columns, []).append(n_groups)
    fit = {columns: sizes for columns, sizes in offers.items() if max(sizes) * share >= FEWEST_GROUPS}
    return max(fit, key=lambda columns: (len(fit[columns]), max(fit[columns])), default=())


def _thinned(frame: pl.DataFrame, how: Thinning, key: str) -> pl.DataFrame:
    if not how.columns or how.share >= 1:
        return frame
    bucket = _hash(how.columns).fill_null(_hash((key,)))
    return frame.filter(bucket < int(how.share * _BUCKETS))


def _hash(columns: Columns) -> pl.Expr:
    # As text, so that a number finds its partner of another width; a null makes the whole null.
    text = pl.concat_str([pl.col(column).cast(pl.String) for column in columns], separator="\x1f")
    return pl.when(text.is_not_null()).then(text.hash(_SEED) % _BUCKETS)


def _joined(source: Source, frames: list[pl.DataFrame]) -> pl.DataFrame:
    try:
        return pl.concat(frames, how="vertical_relaxed")
    except pl.exceptions.PolarsError as error:
        first = str(error).splitlines()[0]
        raise IngestError(f"the files of source {source.name!r} do not have the same columns: {first}") from error


def check_sample(share: float | None, rows: int | None) -> None:
    """Raise UsageError for a sample that is none."""
    if (share is None) == (rows is None):
        raise UsageError("a sample is either a share, as 0.1, or a number of rows, as 1000")
    if share is not None and not 0 < share <= 1:
        raise UsageError(f"a sample of {share!r} is no share; give one above 0 and up to 1, as 0.1")
    if rows is not None and (type(rows) is not int or rows < 1):
        raise UsageError(f"a sample of {rows!r} rows is none; give a whole number from 1, as 1000")
