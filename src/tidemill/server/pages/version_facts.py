"""What a version tells of itself beside its evidence: where it came from, in which form, and what links lead on."""

from __future__ import annotations

from collections.abc import Sequence

from tidemill.data import DatasetVersion
from tidemill.models import ModelPackage
from tidemill.registry import ModelVersion
from tidemill.server.pages.evidence import dataset_link
from tidemill.server.roles import Call
from tidemill.ui import urls, views

_MOST_SHOWN = 20


def package_of(call: Call, version: ModelVersion) -> ModelPackage | None:
    """Return a version's package, None for one that cannot be served."""
    return call.rooms.registry.load_package(version) if version.files else None


def task_of(call: Call, version: ModelVersion) -> str:
    """Return what kind of answer a version gives, nothing when nobody has told."""
    if version.report_digest:
        return call.rooms.registry.load_report(version).task
    return str(version.facts.get("task", ""))


def version_facts(version: ModelVersion, datasets: Sequence[DatasetVersion] = ()) -> tuple[views.Fact, ...]:
    """Return what is known of a version that no metric, gate or lineage tells.

    datasets: those of its lineage, which are kept here and have pages.
    """
    kept = {each.reference: dataset_link(each) for each in datasets}
    read = [str(each) for each in version.facts.get("datasets", ())]
    told = [
        ("Source", views.Link(text=version.source)),
        ("Status", views.Link(text=version.status.lower().replace("_", " ") if version.status != "READY" else "")),
        ("Trouble", views.Link(text=version.status_message)),
        ("Flavours", views.Link(text=", ".join(version.facts.get("flavors", ())))),
        ("Served", views.Link(text=str(version.facts.get("not_servable", "")))),
        (
            "Logged model",
            views.Link(text=version.model_id, url=urls.logged_model_url(version.model_id)),
        ),
        ("Run", views.Link(text=version.run_link, url=_web(version.run_link))),
        *(("Dataset", kept.get(each) or views.Link(text=each)) for each in read[:_MOST_SHOWN]),
        ("Features", views.Link(text=", ".join(version.facts.get("features", ())))),
        ("Environments", views.Link(text=", ".join(version.environments))),
        ("Model", views.Link(text=version.model, url=urls.model_url(version.model))),
    ]
    return tuple(views.Fact(label=label, link=link) for label, link in told if link.text)


def _web(address: str) -> str:
    """Return an address that a browser may be led to, nothing for any other."""
    return address if address.startswith(("https://", "http://")) else ""
