"""Registered models that arrive from another store, and leave for one: versions keep their numbers and instants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from tidemill.access import Caller, Role, require
from tidemill.core import Event, iso
from tidemill.registry import _repository as rows
from tidemill.registry import _version_rows as version_rows
from tidemill.registry._tables import alias_table, model_table, version_table
from tidemill.registry.records import ModelVersion, RegisteredModel
from tidemill.registry.switching import governing
from tidemill.storage.records import Database, Transaction

_TOLD_ELSEWHERE = {"aliases", "tags", "environments"}
_COLUMNS = tuple(name for name in ModelVersion.__dataclass_fields__ if name not in _TOLD_ELSEWHERE)


@dataclass(frozen=True)
class ArrivingModel:
    """A model as it was, with its versions and the version that each alias names."""

    name: str
    description: str = ""
    created_at: str | None = None
    updated_at: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, int] = field(default_factory=dict)
    versions: tuple[ModelVersion, ...] = ()


@dataclass(frozen=True)
class ArrivedModel:
    """What of a model is new here: the model itself, versions, aliases; and versions that others had the numbers of.

    guarded: aliases and environments that the gate of an endpoint guards, which nothing enters by arriving.
    """

    is_new: bool
    versions: tuple[int, ...]
    aliases: tuple[str, ...]
    taken: tuple[int, ...]
    guarded: tuple[str, ...] = ()


class ModelArrivals:
    """Takes in registered models, each whole with its versions or not at all. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, caller: Caller, given: ArrivingModel) -> ArrivedModel:
        """Store what of a model is not there yet. Needs deployer.

        A number that another version has is left to it: a version that was registered here is never replaced. An alias
        that points somewhere already stays.
        """
        require(caller, Role.DEPLOYER)

        def store(tx: Transaction) -> ArrivedModel:
            is_new = rows.ensure_model(tx, caller.project, given.name, caller.name)
            known = {each.version: each for each in version_rows.list_versions(tx, caller.project, given.name)}
            new = [version for version in given.versions if version.version not in known]
            taken = [each.version for each in given.versions if _differs(each, known.get(each.version))]
            guarded = [name for name in _entered(given, new) if governing(tx, caller.project, given.name, name)]
            for version in new:
                free = tuple(each for each in version.environments if each not in guarded)
                _put(tx, caller, replace(version, environments=free))
            free_aliases = [
                alias for alias in given.aliases if alias not in guarded and given.aliases[alias] not in taken
            ]
            aliases = [alias for alias in free_aliases if self._point(tx, caller, given, alias)]
            for key, value in given.tags.items() if is_new else ():
                rows.set_model_tag(tx, caller.project, given.name, key, value)
            _date(tx, caller.project, given, is_new=is_new)
            if is_new or new or aliases:
                data = {"n_versions": len(new), "aliases": aliases}
                tx.emit(caller.name, caller.project, Event("model.arrived", given.name, data))
            return ArrivedModel(
                is_new, tuple(each.version for each in new), tuple(aliases), tuple(taken), tuple(guarded)
            )

        return self._database.write(store)

    def models(self, caller: Caller) -> list[RegisteredModel]:
        """Return all models by name."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.list_models(tx, caller.project))

    def versions(self, caller: Caller, name: str) -> Sequence[ModelVersion]:
        """Return the versions of a model, oldest first."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: version_rows.list_versions(tx, caller.project, name))[::-1]

    def _point(self, tx: Transaction, caller: Caller, given: ArrivingModel, alias: str) -> bool:
        if rows.find_alias(tx, caller.project, given.name, alias) is not None:
            return False
        number = given.aliases[alias]
        if version_rows.find_version(tx, caller.project, given.name, number) is None:
            return False
        named = {"project_id": caller.project, "model": given.name, "alias": alias, "version": number}
        tx.execute(sa.insert(alias_table).values(**named, set_at=iso(tx.now), set_by=caller.name))
        return True


def _entered(given: ArrivingModel, new: Sequence[ModelVersion]) -> list[str]:
    return sorted({*given.aliases, *(name for version in new for name in version.environments)})


def _differs(given: ModelVersion, known: ModelVersion | None) -> bool:
    return known is not None and (known.created_at, known.run_id) != (given.created_at, given.run_id)


def _put(tx: Transaction, caller: Caller, version: ModelVersion) -> None:
    kept = replace(version, created_by=caller.name)
    values = {name: getattr(kept, name) for name in _COLUMNS}
    tx.execute(sa.insert(version_table).values(project_id=caller.project, **values))
    pair = (version.model, version.version)
    for key, value in version.tags.items():
        version_rows.set_version_tag(tx, caller.project, pair, key, value)
    for environment in version.environments:
        version_rows.place_version(tx, caller.project, caller.name, pair, environment)


def _date(tx: Transaction, project: str, given: ArrivingModel, *, is_new: bool) -> None:
    table = model_table.c
    mine = (table.project_id == project, table.name == given.name)
    newest = max((version.version for version in given.versions), default=0)
    known = int(tx.scalar(sa.select(table.last_version).where(*mine)))
    values: dict[str, object] = {"last_version": max(newest, known)}
    if is_new:
        values |= {"description": given.description or None, "updated_at": given.updated_at or iso(tx.now)}
        values |= {"created_at": given.created_at or iso(tx.now)}
    tx.execute(sa.update(model_table).where(*mine).values(**values))
