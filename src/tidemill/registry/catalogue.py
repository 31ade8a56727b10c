"""The verbs by which models and versions are described, tagged, placed, renamed and taken away."""

from __future__ import annotations

from collections.abc import Mapping

from tidemill.access import Caller, Role, require
from tidemill.core import ConflictError, Event
from tidemill.registry import _repository as rows
from tidemill.registry import _version_rows as version_rows
from tidemill.registry.arrivals import ModelArrivals
from tidemill.registry.names import check_model_name, check_tag, check_tag_key, normal_text
from tidemill.registry.promotion_guard import NothingServed, Standing
from tidemill.registry.promotion_requests import take_back_waiting
from tidemill.registry.records import ModelReference, ModelVersion, NewVersion, RegisteredModel
from tidemill.registry.removal import remove_asked_and_collected
from tidemill.registry.resolving import get_model, resolve
from tidemill.registry.sources import check_stored_source
from tidemill.registry.switching import require_ungoverned
from tidemill.storage.records import Database, Transaction


class Catalogue:
    """Registered models and versions as people describe them. Thread-safe; each verb is one transaction.

    standing: where models are served; what answers, or has answered, is not taken away.
    """

    def __init__(self, database: Database, standing: Standing | None = None) -> None:
        self._database = database
        self._standing = standing or NothingServed()
        self.arrivals = ModelArrivals(database)

    def create_model(
        self, caller: Caller, name: str, description: str = "", tags: Mapping[str, str] | None = None
    ) -> RegisteredModel:
        """Create a model without a version. Needs editor. Raises ConflictError when there is one, UsageError."""
        require(caller, Role.EDITOR)
        name, tags = check_model_name(name), _checked(tags)

        def store(tx: Transaction) -> RegisteredModel:
            if not rows.ensure_model(tx, caller.project, name, caller.name):
                raise ConflictError(f"there is a registered model {name!r} already; give another name")
            if description:
                rows.update_model(tx, caller.project, name, {"description": description})
            for key, value in tags.items():
                rows.set_model_tag(tx, caller.project, name, key, value)
            tx.emit(caller.name, caller.project, Event("model.created", name))
            return get_model(tx, caller.project, name)

        return self._database.write(store)

    def get_model(self, caller: Caller, name: str) -> RegisteredModel:
        """Return a model. Raises NotFoundError."""
        require(caller, Role.VIEWER)
        name = normal_text(name)
        return self._database.read(lambda tx: get_model(tx, caller.project, name))

    def update_model(
        self, caller: Caller, name: str, description: str | None = None, owner: str | None = None
    ) -> RegisteredModel:
        """Change what is said of a model; None leaves it. Needs editor. Raises NotFoundError."""
        require(caller, Role.EDITOR)
        given = {"description": description, "owner": owner and normal_text(owner)[:200]}
        changes = {key: value for key, value in given.items() if value is not None}

        def store(tx: Transaction) -> RegisteredModel:
            model = get_model(tx, caller.project, normal_text(name))
            rows.update_model(tx, caller.project, model.name, changes)
            tx.emit(caller.name, caller.project, Event("model.updated", model.name, {"changed": sorted(changes)}))
            return get_model(tx, caller.project, model.name)

        return self._database.write(store)

    def rename_model(self, caller: Caller, name: str, new_name: str) -> RegisteredModel:
        """Give a model another name. Needs deployer.

        Raises NotFoundError; ConflictError when the new name is taken, or an endpoint serves or has served it;
        GateRefusedError when a gate governs either name.
        """
        require(caller, Role.DEPLOYER)
        new_name = check_model_name(new_name)

        def store(tx: Transaction) -> RegisteredModel:
            model = get_model(tx, caller.project, normal_text(name))
            if rows.find_model(tx, caller.project, new_name) is not None:
                raise ConflictError(f"there is a registered model {new_name!r} already; give another name")
            self._check_not_served(tx, caller.project, model.name, None)
            for each in (model.name, new_name):
                require_ungoverned(tx, caller.project, each)
            rows.rename_model(tx, caller.project, model.name, new_name)
            tx.emit(caller.name, caller.project, Event("model.renamed", new_name, {"before": model.name}))
            return get_model(tx, caller.project, new_name)

        return self._database.write(store)

    def delete_model(self, caller: Caller, name: str, *, with_aliases: bool = False) -> None:
        """Remove a model and its versions, and what was asked and collected of them. Needs deployer.

        What an endpoint of its name declares goes on governing the name.
        with_aliases: also when aliases point at versions. Raises NotFoundError; ConflictError when aliases do and that
        was not said, or when an endpoint serves or has served a version.
        """
        require(caller, Role.DEPLOYER)

        def remove(tx: Transaction) -> None:
            model = get_model(tx, caller.project, normal_text(name))
            if model.aliases and not with_aliases:
                raise ConflictError(
                    f"aliases of {model.name!r} point at versions ({', '.join(model.aliases)}); remove them first"
                )
            self._check_not_served(tx, caller.project, model.name, None)
            take_back_waiting(tx, caller, model.name)
            remove_asked_and_collected(tx, caller.project, model.name)
            rows.delete_model(tx, caller.project, model.name)
            tx.emit(caller.name, caller.project, Event("model.deleted", model.name, {"n_versions": model.n_versions}))

        self._database.write(remove)

    def tag_model(self, caller: Caller, name: str, key: str, value: str | None) -> None:
        """Set a tag of a model, or with None remove it. Needs editor. Raises NotFoundError, UsageError."""
        require(caller, Role.EDITOR)
        _ = check_tag_key(key) if value is None else check_tag(key, value)

        def store(tx: Transaction) -> None:
            model = get_model(tx, caller.project, normal_text(name))
            rows.set_model_tag(tx, caller.project, model.name, key, value)
            kind = "model.untagged" if value is None else "model.tagged"
            tx.emit(caller.name, caller.project, Event(kind, model.name, {"key": key}))

        self._database.write(store)

    def create_version(self, caller: Caller, new: NewVersion) -> ModelVersion:
        """Register a version that no gate has judged, under the next number of its model. Needs editor.

        Raises NotFoundError when there is no such model, UsageError for a source or tag that cannot be.
        """
        require(caller, Role.EDITOR)
        check_stored_source(new.source)
        tags = _checked(new.tags)
        draft = ModelVersion(
            model=normal_text(new.model),
            version=0,
            package_digest=new.package_digest,
            files=new.files,
            report_digest="",
            serving=new.serving,
            run_id=new.run_id,
            verdict_id="",
            created_at="",
            created_by=caller.name,
            user_id=new.user_id or caller.name,
            description=new.description,
            source=new.source,
            run_link=new.run_link,
            model_id=new.model_id,
            facts=new.facts,
            tags=tags,
        )

        def store(tx: Transaction) -> ModelVersion:
            get_model(tx, caller.project, draft.model)
            version = version_rows.insert_version(tx, caller.project, draft)
            data = {"run_id": new.run_id or None, "package_digest": new.package_digest or None, "verdict_id": None}
            tx.emit(caller.name, caller.project, Event("model_version.registered", version.reference, data))
            return version

        return self._database.write(store)

    def attach_package(self, caller: Caller, packaged: ModelVersion) -> ModelVersion:
        """Give a version that came without a package the files by which it can be served. Needs deployer.

        One that has a package keeps it. Raises NotFoundError.
        """
        require(caller, Role.DEPLOYER)
        names = ("package_digest", "files", "serving", "facts")

        def store(tx: Transaction) -> ModelVersion:
            version = resolve(tx, caller.project, ModelReference(packaged.model, packaged.version, None))
            if not version.files:
                pair = (version.model, version.version)
                version_rows.update_version(tx, caller.project, pair, {name: getattr(packaged, name) for name in names})
                data = {"package_digest": packaged.package_digest}
                tx.emit(caller.name, caller.project, Event("model_version.packaged", version.reference, data))
            return resolve(tx, caller.project, ModelReference(packaged.model, packaged.version, None))

        return self._database.write(store)

    def update_version(self, caller: Caller, reference: str, description: str) -> ModelVersion:
        """Describe a version. Needs editor. Raises NotFoundError, UsageError."""
        require(caller, Role.EDITOR)

        def store(tx: Transaction) -> ModelVersion:
            version = resolve(tx, caller.project, ModelReference.parse(reference))
            pair = (version.model, version.version)
            version_rows.update_version(tx, caller.project, pair, {"description": description})
            tx.emit(caller.name, caller.project, Event("model_version.updated", version.reference))
            return resolve(tx, caller.project, ModelReference(version.model, version.version, None))

        return self._database.write(store)

    def delete_version(self, caller: Caller, reference: str, *, with_aliases: bool = False) -> None:
        """Remove a version. Needs deployer.

        with_aliases: also when aliases point at it, which go too. Raises NotFoundError; ConflictError when aliases do
        and that was not said, or when an endpoint serves or has served it.
        """
        require(caller, Role.DEPLOYER)

        def remove(tx: Transaction) -> None:
            version = resolve(tx, caller.project, ModelReference.parse(reference))
            if version.aliases and not with_aliases:
                raise ConflictError(
                    f"{version.reference} is {' and '.join(version.aliases)}; point the alias at another version, "
                    "or remove it, first"
                )
            self._check_not_served(tx, caller.project, version.model, version.version)
            take_back_waiting(tx, caller, version.model, version.version)
            remove_asked_and_collected(tx, caller.project, version.model, version.version)
            version_rows.delete_version(tx, caller.project, (version.model, version.version))
            rows.update_model(tx, caller.project, version.model, {})
            data = {"aliases": list(version.aliases)}
            tx.emit(caller.name, caller.project, Event("model_version.deleted", version.reference, data))

        self._database.write(remove)

    def tag_version(self, caller: Caller, reference: str, key: str, value: str | None) -> None:
        """Set a tag of a version, or with None remove it. Needs editor. Raises NotFoundError, UsageError."""
        require(caller, Role.EDITOR)
        _ = check_tag_key(key) if value is None else check_tag(key, value)

        def store(tx: Transaction) -> None:
            version = resolve(tx, caller.project, ModelReference.parse(reference))
            version_rows.set_version_tag(tx, caller.project, (version.model, version.version), key, value)
            kind = "model_version.untagged" if value is None else "model_version.tagged"
            tx.emit(caller.name, caller.project, Event(kind, version.reference, {"key": key}))

        self._database.write(store)

    def _check_not_served(self, tx: Transaction, project: str, model: str, version: int | None) -> None:
        served = self._standing.served_versions(tx, project, model)
        for number, endpoint in served.items():
            if version is None or number == version:
                raise ConflictError(
                    f"{model}/{number} answers at endpoint {endpoint!r}, or has answered there: its predictions name "
                    "it, so it stays; archive it instead"
                )


def _checked(tags: Mapping[str, str] | None) -> dict[str, str]:
    return dict(check_tag(key, value) for key, value in (tags or {}).items())
