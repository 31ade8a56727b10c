"""Keys that were erased, known by keyed hashes only: what their rows are, and that they do not come back.

The values themselves are kept nowhere. A hash is BLAKE2b under a secret of the project, so that a list of hashes alone
tells nothing, not even by trying every number.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl
import sqlalchemy as sa

from tidemill.core import ConflictError
from tidemill.data._tables import dataset_version, erased_key, erasure_secret
from tidemill.storage.online_values import key_text
from tidemill.storage.records import Transaction

_SECRET_BYTES = 32
_HASH_BYTES = 16
_BETWEEN = "\x1f"

Columns = tuple[str, ...]


class ErasedMeanwhileError(Exception):
    """A key was erased, or let come back, since the rows were read that are about to be written."""


class KeyHash(NamedTuple):
    """The hash of one key: the values of these columns, whose names are sorted.

    derived: it names rows of an erased entity, such as its orders, and is not kept from coming back itself.
    """

    columns: Columns
    hash: str
    derived: bool = False


@dataclass(frozen=True)
class ErasedKeys:
    """Hashes of keys by their columns. generation: goes up with each erasure and each lifting.

    >>> erased = ErasedKeys(b"secret")
    >>> erased = erased.holding([erased.hash_of({"person": "7"})])
    >>> erased.mask(pl.DataFrame({"person": [6, 7, None], "x": [1, 2, 3]})).to_list()
    [False, True, False]
    """

    secret: bytes = b""
    hashes: Mapping[Columns, frozenset[str]] = field(default_factory=dict)
    generation: int = 0

    def __bool__(self) -> bool:
        return bool(self.hashes)

    def holding(self, keys: Iterable[KeyHash]) -> ErasedKeys:
        """Return the same with these keys and no others."""
        grouped: dict[Columns, set[str]] = {}
        for key in keys:
            grouped.setdefault(key.columns, set()).add(key.hash)
        return ErasedKeys(self.secret, {name: frozenset(found) for name, found in grouped.items()}, self.generation)

    def joined(self, other: ErasedKeys) -> ErasedKeys:
        """Return the same with the keys of both."""
        names = {*self.hashes, *other.hashes}
        none: frozenset[str] = frozenset()
        together = {name: self.hashes.get(name, none) | other.hashes.get(name, none) for name in names}
        return ErasedKeys(self.secret, together, self.generation)

    def hash_of(self, key: Mapping[str, object], *, derived: bool = False) -> KeyHash:
        """Return the hash of a key: its values by column."""
        columns = tuple(sorted(key))
        return KeyHash(columns, self._hash(columns, [key[name] for name in columns]), derived)

    def holds(self, row: Mapping[str, object]) -> bool:
        """Tell whether a row, its values by column, is of one of these keys."""
        return any(
            all(row.get(name) is not None for name in columns)
            and self._hash(columns, [row[name] for name in columns]) in known
            for columns, known in self.hashes.items()
        )

    def mask(self, frame: pl.DataFrame) -> pl.Series:
        """Return for each row whether it is of one of these keys."""
        found = pl.Series("erased", [False]).new_from_index(0, frame.height)
        for columns, known in self.hashes.items():
            if set(columns) <= set(frame.columns) and frame.height:
                found |= self._mask_of(frame.select(columns), columns, known)
        return found

    def drop(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """Return the rows that are of none of these keys, and how many were left out."""
        gone = self.mask(frame) if self else None
        n_gone = int(gone.sum()) if gone is not None else 0
        return (frame.filter(~gone), n_gone) if gone is not None and n_gone else (frame, 0)

    def concerns(self, columns: Iterable[str]) -> bool:
        """Tell whether a table of these columns could hold one of these keys."""
        there = set(columns)
        return any(set(named) <= there for named in self.hashes)

    def _mask_of(self, frame: pl.DataFrame, columns: Columns, known: frozenset[str]) -> pl.Series:
        unique = frame.unique().drop_nulls()
        gone = unique.filter(
            pl.Series([self._hash(columns, row) in known for row in unique.iter_rows()], dtype=pl.Boolean)
        )
        if not gone.height:
            return pl.Series("erased", [False]).new_from_index(0, frame.height)
        marked = gone.with_columns(erased=pl.lit(value=True)) if "erased" not in columns else None
        if marked is None:  # a column of that very name: compare row by row
            keys = set(gone.iter_rows())
            return pl.Series("erased", [row in keys for row in frame.iter_rows()], dtype=pl.Boolean)
        joined = frame.join(marked, on=list(columns), how="left", maintain_order="left")
        return joined["erased"].fill_null(value=False)

    def _hash(self, columns: Columns, values: Sequence[object]) -> str:
        text = f"{_BETWEEN.join(columns)}\x1e{key_text([_plain(value) for value in values])}"
        return hashlib.blake2b(
            text.encode("utf-8", "surrogatepass"), key=self.secret, digest_size=_HASH_BYTES
        ).hexdigest()


def load_erased_keys(
    tx: Transaction, project: str, request_id: str | None = None, *, derived: bool = False
) -> ErasedKeys:
    """Return what may not come back into a project, or the keys of one request.

    derived: not the keys that were erased, but those derived from them.
    """
    secret = tx.row(sa.select(erasure_secret).where(erasure_secret.c.project_id == project))
    if secret is None:
        return ErasedKeys()
    table = erased_key.c
    chosen = [table.project_id == project, table.derived == derived]
    if request_id is not None:
        chosen.append(table.request_id == request_id)
    rows = tx.rows(sa.select(table["columns"], table.hash).where(*chosen))
    keys = [KeyHash(tuple(row["columns"].split(_BETWEEN)), row["hash"]) for row in rows]
    return ErasedKeys(bytes.fromhex(secret["secret"]), {}, secret["generation"]).holding(keys)


def require_generation(tx: Transaction, project: str, generation: int) -> None:
    """Raise ErasedMeanwhileError unless what is erased is what it was."""
    table = erasure_secret.c
    if (tx.scalar(sa.select(table.generation).where(table.project_id == project)) or 0) != generation:
        raise ErasedMeanwhileError


def open_erased_keys(tx: Transaction, project: str, secret: str | None = None) -> ErasedKeys:
    """Return a project's secret, without keys; it is made when there is none.

    secret: what it must be, as hex, for hashes that were made with it; empty when that is not told, so that it must be
    there. Raises ConflictError when it is another, or not there.
    """
    known = tx.scalar(sa.select(erasure_secret.c.secret).where(erasure_secret.c.project_id == project))
    if secret is not None and (known != secret if known and secret else not (known or secret)):
        raise ConflictError(
            f"what was erased in the project {project} since this backup was made is known by hashes of another secret "
            "only; look it up in your own records of requests, and erase it again"
        )
    if known is None:
        made = {"project_id": project, "secret": secret or secrets.token_hex(_SECRET_BYTES), "generation": 0}
        tx.execute(sa.insert(erasure_secret).values(made))
    return ErasedKeys(load_erased_keys(tx, project).secret)


def all_erased_keys(tx: Transaction, project: str, request_id: str) -> list[KeyHash]:
    """Return the hashes of a request, those derived from its keys too."""
    table = erased_key.c
    chosen = (table.project_id == project, table.request_id == request_id)
    rows = tx.rows(sa.select(table["columns"], table.hash, table.derived).where(*chosen).order_by(table.hash))
    return [KeyHash(tuple(row["columns"].split(_BETWEEN)), row["hash"], bool(row["derived"])) for row in rows]


def projects_with_data(tx: Transaction) -> list[str]:
    """Return the projects that have a dataset version, or a secret for what was erased."""
    found = {row["project_id"] for row in tx.rows(sa.select(dataset_version.c.project_id).distinct())}
    return sorted(found | {row["project_id"] for row in tx.rows(sa.select(erasure_secret.c.project_id))})


def add_erased_keys(tx: Transaction, project: str, request_id: str, keys: Iterable[KeyHash]) -> None:
    """Keep the hashes of a request's keys; what reads rows now begins anew before it writes any."""
    table, unique = erased_key.c, set(keys)
    mine = (table.project_id == project, table.request_id == request_id)
    there = {(row["columns"], row["hash"]) for row in tx.rows(sa.select(table["columns"], table.hash).where(*mine))}
    rows = [
        {
            "project_id": project,
            "request_id": request_id,
            "columns": _BETWEEN.join(key.columns),
            "hash": key.hash,
            "derived": key.derived,
        }
        for key in unique
        if (_BETWEEN.join(key.columns), key.hash) not in there
    ]
    if rows:
        tx.execute(sa.insert(erased_key), rows)
        _renew(tx, project)


def remove_erased_keys(tx: Transaction, project: str, request_id: str) -> int:
    """Forget the hashes of a request, so that its keys may come back; return how many there were."""
    table = erased_key.c
    mine = (table.project_id == project, table.request_id == request_id)
    n_keys = int(tx.scalar(sa.select(sa.func.count()).select_from(erased_key).where(*mine)))
    tx.execute(sa.delete(erased_key).where(*mine))
    _renew(tx, project)
    return n_keys


def _renew(tx: Transaction, project: str) -> None:
    table = erasure_secret
    tx.execute(sa.update(table).where(table.c.project_id == project).values(generation=table.c.generation + 1))


def _plain(value: object) -> object:
    """Return 7 for 7.0: files, requests and commands spell one number in several ways."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
