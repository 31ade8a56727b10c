"""Searching models and versions: where the names of a filter stand, and pages in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tidemill.access import Caller, Role, require
from tidemill.registry._repository import models_of
from tidemill.registry._tables import model_table, model_tag_table, version_table, version_tag_table
from tidemill.registry._version_rows import latest_versions, list_judged, versions_of
from tidemill.registry.records import ModelVersion, RegisteredModel
from tidemill.storage.records import Database, Transaction
from tidemill.tracking.searching import (
    MODEL_VERSIONS,
    REGISTERED_MODELS,
    Attached,
    Column,
    Condition,
    Order,
    PageOf,
    Searched,
    Term,
    fingerprint,
    list_page,
    matching,
    terms_of,
)

#: The tag by which MLflow's clients tell prompts from models; what lacks it is no prompt.
IS_PROMPT = "mlflow.prompt.is_prompt"
_MODEL, _VERSION = model_table.c, version_table.c
_MODELS = Searched(
    attributes={
        "name": Column(_MODEL.name),
        "creation_timestamp": Column(_MODEL.created_at, instant=True),
        "last_updated_timestamp": Column(_MODEL.updated_at, instant=True),
    },
    attached={"tags": Attached(model_tag_table, {"project_id": _MODEL.project_id, "model": _MODEL.name})},
    absent_is_unequal=frozenset({("tags", IS_PROMPT)}),
)
_OF_A_VERSION = {"project_id": _VERSION.project_id, "model": _VERSION.model, "version": _VERSION.version}
_VERSIONS = Searched(
    attributes={
        "name": Column(_VERSION.model),
        "run_id": Column(_VERSION.run_id),
        "source_path": Column(_VERSION.source),
        "version_number": Column(_VERSION.version),
        "creation_timestamp": Column(_VERSION.created_at, instant=True),
        "last_updated_timestamp": Column(_VERSION.updated_at, instant=True),
    },
    attached={"tags": Attached(version_tag_table, _OF_A_VERSION)},
    absent_is_unequal=frozenset({("tags", IS_PROMPT)}),
)


@dataclass(frozen=True)
class RegistryQuery:
    """What is asked for: a filter and orders in words, how many, behind which page.

    where: such as ``name LIKE 'delay%' AND tags.team = 'a'``. order_by: such as ``name DESC``.
    """

    where: str = ""
    order_by: tuple[str, ...] = ()
    limit: int = 100
    token: str | None = None


@dataclass(frozen=True)
class ModelsFound:
    """A page of models, and what gives the next one; None on the last."""

    models: list[RegisteredModel]
    next: str | None


@dataclass(frozen=True)
class VersionsFound:
    """A page of versions, and what gives the next one; None on the last."""

    versions: list[ModelVersion]
    next: str | None


@dataclass(frozen=True)
class ReadQuery:
    """A query whose words were read."""

    conditions: tuple[Condition, ...]
    orders: tuple[Order, ...]
    page: PageOf


def read_models_query(query: RegistryQuery) -> ReadQuery:
    """Read the words of a query for models. Raises UsageError."""
    conditions = REGISTERED_MODELS.read_where(query.where)
    orders = REGISTERED_MODELS.read_orders(query.order_by)
    return ReadQuery(conditions, orders, PageOf(query.limit, fingerprint("models", conditions, orders), query.token))


def read_versions_query(query: RegistryQuery) -> ReadQuery:
    """Read the words of a query for versions. Raises UsageError."""
    conditions, orders = MODEL_VERSIONS.read_where(query.where), MODEL_VERSIONS.read_orders(query.order_by)
    return ReadQuery(conditions, orders, PageOf(query.limit, fingerprint("versions", conditions, orders), query.token))


def search_models(tx: Transaction, project: str, query: ReadQuery) -> ModelsFound:
    """Return a page of models, by name where nothing else orders them. Raises UsageError."""
    statement = sa.select(model_table).where(_MODEL.project_id == project, *matching(tx, _MODELS, query.conditions))
    terms = [*terms_of(tx, _MODELS, query.orders), Term(_MODEL.name)]
    page = list_page(tx, statement, terms, query.page)
    return ModelsFound(models_of(tx, project, page.rows), page.next)


def search_versions(tx: Transaction, project: str, query: ReadQuery) -> VersionsFound:
    """Return a page of versions, the last changed first where nothing else orders them. Raises UsageError."""
    where = (_VERSION.project_id == project, *matching(tx, _VERSIONS, query.conditions))
    terms = terms_of(tx, _VERSIONS, query.orders) or [Term(_VERSION.updated_at, descending=True)]
    terms += [Term(_VERSION.model), Term(_VERSION.version, descending=True)]
    page = list_page(tx, sa.select(version_table).where(*where), terms, query.page)
    return VersionsFound(versions_of(tx, project, page.rows), page.next)


class ModelSearch:
    """Finds models and versions. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def models(self, caller: Caller, query: RegistryQuery) -> ModelsFound:
        """Return a page of models. Raises UsageError for a filter, an order or a token that cannot be read."""
        require(caller, Role.VIEWER)
        read = read_models_query(query)
        return self._database.read(lambda tx: search_models(tx, caller.project, read))

    def versions(self, caller: Caller, query: RegistryQuery) -> VersionsFound:
        """Return a page of versions of all models. Raises what `models` raises."""
        require(caller, Role.VIEWER)
        read = read_versions_query(query)
        return self._database.read(lambda tx: search_versions(tx, caller.project, read))

    def latest(
        self, caller: Caller, models: Sequence[str], environments: Sequence[str] | None = None
    ) -> dict[str, list[ModelVersion]]:
        """Return of each model the newest version in each of MLflow's stages, of all or of some.

        environments: of those stages; the empty text is the stage None.
        """
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: latest_versions(tx, caller.project, list(models), environments))

    def judged(self, caller: Caller) -> list[ModelVersion]:
        """Return the versions of all models that a gate let pass, of each model the newest first."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: list_judged(tx, caller.project))
