"""The catalogue of components."""

from __future__ import annotations

from tidemill.components import Component, ComponentPort, installed_components
from tidemill.server.pages.data import matches
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.roles import Viewer
from tidemill.ui import urls, views


def components(call: Viewer, q: str = "") -> views.ComponentsPage:
    """Return the steps and pipelines that are installed here."""
    found = [each for each in installed_components() if matches(q, each.name, each.package, each.summary)]
    return views.ComponentsPage(
        frame=frame_of(call),
        components=tuple(_row(each) for each in found),
        q=q,
        python=python_of(call, "/api/components"),
        cli="tidemill components",
    )


def _row(component: Component) -> views.ComponentRow:
    return views.ComponentRow(
        name=component.name,
        kind=component.kind,
        package=component.package,
        version=component.version,
        docs=component.docs.partition(">>>")[0].rstrip(),
        inputs=tuple(_port(each) for each in component.inputs),
        outputs=tuple(_port(each) for each in component.outputs),
        example=component.example,
        take=component.take,
    )


def _port(port: ComponentPort) -> str:
    told = f"{port.name}: {port.type}" if port.type else port.name
    return told if port.default is None else f"{told} = {port.default}"


PAGES = Pages(contexts=((urls.COMPONENTS, components),))
