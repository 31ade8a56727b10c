"""Lists of models as people look through them: a stretch at a time, however many there are, and how many in all."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from tidemill.access import Caller, Role, require
from tidemill.registry._repository import models_of
from tidemill.registry._tables import model_table, version_table
from tidemill.registry._version_rows import find_versions
from tidemill.registry.records import CHAMPION, ModelVersion, RegisteredModel
from tidemill.storage.records import Database, Transaction

_MODEL = model_table.c


@dataclass(frozen=True)
class ModelGlance:
    """A model with the version that stands for it: its champion, or else the newest; None without versions."""

    model: RegisteredModel
    version: ModelVersion | None


def count_models(database: Database, caller: Caller, q: str = "") -> int:
    """Return how many models there are whose name holds every word asked for. Needs viewer."""
    require(caller, Role.VIEWER)
    statement = sa.select(sa.func.count()).select_from(model_table).where(*_asked(caller.project, q))
    return int(database.read(lambda tx: tx.scalar(statement)) or 0)


def count_versions(database: Database, caller: Caller) -> int:
    """Return how many versions of models there are. Needs viewer."""
    require(caller, Role.VIEWER)
    statement = sa.select(sa.func.count()).where(version_table.c.project_id == caller.project)
    return int(database.read(lambda tx: tx.scalar(statement)) or 0)


def model_glances(database: Database, caller: Caller, q: str = "", at: int = 0, limit: int = 100) -> list[ModelGlance]:
    """Return a stretch of the models, the latest changed first. Needs viewer."""
    require(caller, Role.VIEWER)
    asked = sa.select(model_table).where(*_asked(caller.project, q))
    statement = asked.order_by(_MODEL.updated_at.desc(), _MODEL.name.desc()).limit(limit).offset(at)

    def read(tx: Transaction) -> list[ModelGlance]:
        models = models_of(tx, caller.project, tx.rows(statement))
        standing = {each.name: each.aliases.get(CHAMPION, each.latest_version) for each in models}
        pairs = [(name, number) for name, number in standing.items() if number]
        versions = {each.model: each for each in find_versions(tx, caller.project, pairs)}
        return [ModelGlance(each, versions.get(each.name)) for each in models]

    return database.read(read)


def _asked(project: str, q: str) -> list[sa.ColumnElement[bool]]:
    words = [sa.func.lower(_MODEL.name).contains(word, autoescape=True) for word in q.lower().split()[:10]]
    return [_MODEL.project_id == project, *words]
