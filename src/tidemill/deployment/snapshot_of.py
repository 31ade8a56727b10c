"""From a model version to the snapshot that serves it."""

from __future__ import annotations

from tidemill.deployment.endpoint import DeployedEndpoint, Revision
from tidemill.features import ServingInputs
from tidemill.models import ONNX_FILE
from tidemill.registry import ModelVersion
from tidemill.serving import OnlineView, RequestColumn, Snapshot


def build_snapshot(project: str, endpoint: DeployedEndpoint, revision: Revision, version: ModelVersion) -> Snapshot:
    """Return the snapshot of a revision: compiled when the package holds a compiled model, else native."""
    inputs = ServingInputs.from_json(version.serving)
    return Snapshot(
        project=project,
        endpoint=endpoint.name,
        revision=revision.revision,
        model=version.reference,
        package_digest=version.package_digest,
        files=dict(version.files),
        runtime="onnx" if ONNX_FILE in version.files else "native",
        request=tuple(_column(column.name, column.type, column.nullable) for column in inputs.request),
        event_time=inputs.event_time or None,
        key=inputs.key or None,
        views=tuple(
            OnlineView(name=view.name, keys=view.keys, columns=view.columns, types=view.types, ttl_s=view.ttl_s)
            for view in inputs.views
        ),
        log=endpoint.log,  # type: ignore[arg-type]  # the declaration checked it
        created_at=revision.created_at,
    )


def _column(name: str, type_: str, nullable: bool) -> RequestColumn:
    return RequestColumn(name=name, type="datetime" if type_ == "timestamp" else type_, nullable=nullable)  # type: ignore[arg-type]
