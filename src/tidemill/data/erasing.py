"""Taking the rows of erased keys out of dataset versions: the parts are rewritten, number and digest stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from io import BytesIO

import polars as pl
import sqlalchemy as sa

from tidemill.data import _repository as repository
from tidemill.data._tables import dataset_version, ingested_part
from tidemill.data.dataset_version import DatasetVersion, Part, Redaction
from tidemill.data.erased_keys import ErasedKeys, KeyHash
from tidemill.data.ingest import part_bytes
from tidemill.storage import BlobStore, InFlight
from tidemill.storage.records import Database, Transaction


@dataclass(frozen=True)
class HeldRows:
    """The rows of erased keys in one dataset version: how many by file, and what names them there."""

    version: DatasetVersion
    files: Mapping[str, int]
    keys: frozenset[KeyHash] = frozenset()

    @property
    def n_rows(self) -> int:
        """How many rows in all."""
        return sum(self.files.values())


@dataclass(frozen=True)
class Redacted:
    """What one step has redacted: a version, the rows of it, and the blobs that it names no more."""

    reference: str
    files: Mapping[str, int]
    blobs: tuple[str, ...]


#: Called in the transaction of each redaction, so that what is left to do is known whenever it ends.
Note = Callable[[Transaction, Redacted], None]


@dataclass
class DatasetErasure:
    """Finds and takes out the rows of erased keys in a project's dataset versions."""

    database: Database
    blobs: BlobStore
    project: str
    erased: ErasedKeys
    _seen: dict[str, tuple[int, frozenset[KeyHash]]] = field(default_factory=dict)

    def columns(self) -> set[str]:
        """Return the names of all columns of all versions."""
        return {name for version in self._versions() for name in version.schema}

    def find(self) -> list[HeldRows]:
        """Return the versions that hold rows of the keys. Raises NotFoundError or DamagedError for a lost part."""
        found = []
        for version in self._versions():
            if not self.erased.concerns(version.schema):
                continue
            looked = {part: self._look(part.blob, version.key) for part in version.parts}
            files = {part.file: n_rows for part, (n_rows, _) in looked.items() if n_rows}
            if files:
                keys = frozenset(key for _, named in looked.values() for key in named)
                found.append(HeldRows(version, files, keys))
        return found

    def redact(self, held: HeldRows, redaction: Redaction, note: Note) -> None:
        """Write the parts of a version anew without the rows, and mark it; what files became is forgotten with it.

        Safe beside others that do the same. note: see `Note`.
        """
        with InFlight(self.database.folder / "in_flight").mark():
            rewritten = {part.blob: self._rewrite(part) for part in held.version.parts if part.file in held.files}
            self.database.write(lambda tx: self._write(tx, held.version, (rewritten, redaction), note))

    def forget_files(self, note: Note) -> None:
        """Forget what files became that no version names, where that holds rows of the keys."""
        table = ingested_part
        for row in self.database.read(lambda tx: tx.rows(sa.select(table).where(table.c.project_id == self.project))):
            columns = [name for name, *_ in row["schema"]]
            if not self.erased.concerns(columns) or not self.blobs.has(row["blob"]):
                continue
            if not self._look(row["blob"], "")[0]:
                continue

            def forget(tx: Transaction, blob: str = row["blob"]) -> None:
                mine = (table.c.project_id == self.project, table.c.blob == blob)
                tx.execute(sa.delete(table).where(*mine))
                note(tx, Redacted("", {}, (blob,)))

            self.database.write(forget)

    def _versions(self) -> list[DatasetVersion]:
        return self.database.read(lambda tx: repository.versions(tx, self.project, None))

    def _look(self, blob: str, key: str) -> tuple[int, frozenset[KeyHash]]:
        """Return how many rows of a part are of the keys, and what names these rows."""
        if blob not in self._seen:
            data = self.blobs.get(blob)
            names = pl.read_parquet_schema(BytesIO(data)).keys()
            asked = {name for columns in self.erased.hashes for name in columns if name in names}
            frame = pl.read_parquet(BytesIO(data), columns=sorted(asked | ({key} & set(names))))
            rows = frame.filter(self.erased.mask(frame))
            named = rows[key].drop_nulls().unique().to_list() if key in rows.columns else []
            keys = frozenset(self.erased.hash_of({key: value}, derived=True) for value in named)
            self._seen[blob] = (rows.height, keys)
        return self._seen[blob]

    def _rewrite(self, part: Part) -> Part:
        frame, n_gone = self.erased.drop(pl.read_parquet(BytesIO(self.blobs.get(part.blob))))
        return replace(part, blob=self.blobs.put(part_bytes(frame)), n_redacted=part.n_redacted + n_gone)

    def _write(
        self, tx: Transaction, version: DatasetVersion, how: tuple[Mapping[str, Part], Redaction], note: Note
    ) -> None:
        rewritten, redaction = how
        found = repository.find_version(tx, self.project, version.name, version=version.version)
        if found is None or found[1].parts != version.parts:  # removed, or redacted by another: it is looked at again
            return
        parts = [
            replace(part, blob=rewritten[part.blob].blob, n_redacted=rewritten[part.blob].n_redacted)
            if part.blob in rewritten
            else part
            for part in version.parts
        ]
        files = {new.file: new.n_redacted - old.n_redacted for new, old in zip(parts, version.parts, strict=True)}
        files = {name: n_rows for name, n_rows in files.items() if n_rows}
        marks = [*version.redactions, replace(redaction, n_rows=sum(files.values()))]
        table = dataset_version
        values = {"parts": [part.to_json() for part in parts], "redactions": [asdict(mark) for mark in marks]}
        mine = (table.c.project_id == self.project, table.c.id == found[0])
        tx.execute(sa.update(table).where(*mine).values(values))
        known = (ingested_part.c.project_id == self.project, ingested_part.c.blob.in_(list(rewritten)))
        tx.execute(sa.delete(ingested_part).where(*known))
        note(tx, Redacted(version.reference, files, tuple(rewritten)))


def forget_suppressed(tx: Transaction, project: str) -> None:
    """Forget what files became of which rows were left out: they are read again by the next ingest."""
    table = ingested_part.c
    tx.execute(sa.delete(ingested_part).where(table.project_id == project, table.n_suppressed > 0))
