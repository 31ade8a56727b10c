"""Where versions stand: aliases that point at them are removed here, environments entered and left."""

from __future__ import annotations

from tidemill.access import Caller, Role, require
from tidemill.core import Event
from tidemill.registry import _repository as rows
from tidemill.registry import _version_rows as version_rows
from tidemill.registry.environments import STAGES, check_environment, environment_of
from tidemill.registry.names import normal_text
from tidemill.registry.promotion_request import GateRefusedError
from tidemill.registry.records import ModelReference, ModelVersion
from tidemill.registry.resolving import get_model, resolve
from tidemill.registry.switching import require_free, why_not_moved
from tidemill.storage.records import Database, Transaction


class Environments:
    """Environments of versions, free to name, and the four stages that MLflow knows. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def place(self, caller: Caller, reference: str, environment: str, *, alone: bool = False) -> ModelVersion:
        """Let a version stand in an environment, beside others or `alone`. Needs deployer.

        Raises NotFoundError, UsageError; ForbiddenError when a gate guards the environment and has not let it pass.
        """
        require(caller, Role.DEPLOYER)
        check_environment(environment)

        def store(tx: Transaction) -> ModelVersion:
            version = resolve(tx, caller.project, ModelReference.parse(reference))
            self._enter(tx, caller, version, environment)
            others = version_rows.versions_in(tx, caller.project, version.model, environment) if alone else []
            for number in others:
                if number != version.version:
                    version_rows.remove_from(tx, caller.project, (version.model, number), environment)
            return self._changed(tx, caller, version, environment)

        return self._database.write(store)

    def check_free(self, caller: Caller, reference: str, target: str) -> None:
        """Do nothing when a version may be given an alias, or enter an environment, without a gate.

        Raises NotFoundError, GateRefusedError.
        """
        require(caller, Role.VIEWER)
        parsed = ModelReference.parse(reference)
        self._database.read(lambda tx: require_free(tx, caller.project, resolve(tx, caller.project, parsed), target))

    def leave(self, caller: Caller, reference: str, environment: str) -> ModelVersion:
        """Let a version stand in an environment no more. Needs deployer. Raises NotFoundError, UsageError."""
        require(caller, Role.DEPLOYER)

        def store(tx: Transaction) -> ModelVersion:
            version = resolve(tx, caller.project, ModelReference.parse(reference))
            version_rows.remove_from(tx, caller.project, (version.model, version.version), environment)
            return self._changed(tx, caller, version, "")

        return self._database.write(store)

    def move_to_stage(self, caller: Caller, reference: str, stage: str, *, archive_others: bool) -> ModelVersion:
        """Move a version to one of MLflow's stages: into its environment, and out of the two others. Needs deployer.

        archive_others: the versions that stand there go to Archived. Raises what `place` raises.
        """
        require(caller, Role.DEPLOYER)
        environment = environment_of(stage)

        def store(tx: Transaction) -> ModelVersion:
            version = resolve(tx, caller.project, ModelReference.parse(reference))
            pair = (version.model, version.version)
            for other in STAGES:
                if other != environment:
                    version_rows.remove_from(tx, caller.project, pair, other)
            if environment:
                self._enter(tx, caller, version, environment)
            if environment and archive_others:
                self._archive_others(tx, caller, version, environment)
            return self._changed(tx, caller, version, environment)

        return self._database.write(store)

    def remove_alias(self, caller: Caller, model: str, alias: str) -> bool:
        """Let an alias point at nothing, and tell whether it did at something. Needs deployer. Raises NotFoundError."""
        require(caller, Role.DEPLOYER)

        def remove(tx: Transaction) -> bool:
            found = get_model(tx, caller.project, normal_text(model))
            number = found.aliases.get(normal_text(alias))
            if number is None:
                return False
            refused = why_not_moved(tx, caller.project, found.name, normal_text(alias))
            if refused:
                raise GateRefusedError(refused)
            rows.remove_alias(tx, caller.project, found.name, normal_text(alias))
            told = Event("model_version.alias_removed", f"{found.name}/{number}", {"alias": alias})
            tx.emit(caller.name, caller.project, told)
            return True

        return self._database.write(remove)

    def _enter(self, tx: Transaction, caller: Caller, version: ModelVersion, environment: str) -> None:
        require_free(tx, caller.project, version, environment)
        version_rows.place_version(tx, caller.project, caller.name, (version.model, version.version), environment)

    def _archive_others(self, tx: Transaction, caller: Caller, version: ModelVersion, environment: str) -> None:
        for number in version_rows.versions_in(tx, caller.project, version.model, environment):
            if number == version.version:
                continue
            pair = (version.model, number)
            version_rows.remove_from(tx, caller.project, pair, environment)
            version_rows.place_version(tx, caller.project, caller.name, pair, "archived")
            version_rows.update_version(tx, caller.project, pair, {})

    def _changed(self, tx: Transaction, caller: Caller, version: ModelVersion, environment: str) -> ModelVersion:
        version_rows.update_version(tx, caller.project, (version.model, version.version), {})
        rows.update_model(tx, caller.project, version.model, {})
        data = {"environment": environment, "before": list(version.environments)}
        tx.emit(caller.name, caller.project, Event("model_version.placed", version.reference, data))
        return resolve(tx, caller.project, ModelReference(version.model, version.version, None))
