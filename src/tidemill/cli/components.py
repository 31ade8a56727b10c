"""tidemill components: list steps and pipelines that can be used, or show one."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Json
from tidemill.cli.output import only_json, print_facts, print_json, print_table, safe_text
from tidemill.components import Component, ComponentPort, find_component, list_components
from tidemill.core import UsageError, load_settings
from tidemill.project_module import has_project, import_project_module

app = typer.Typer(add_completion=False)


@app.command()
def components(
    name: Annotated[str | None, typer.Argument(help="A component, or package:component, to see its docs.")] = None,
    folder: Folder = HERE,
    json: Json = False,
) -> None:
    """List the steps and pipelines of Tidemill, of installed packages and of the project, or show one."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name the project's folder with --folder")
    settings = load_settings(folder)
    with only_json(json):
        module = import_project_module(folder, settings)[1] if has_project(folder, settings) else None
        known = list_components(module)
    if name is not None:
        found = find_component(known, name)
        if json:
            print_json([each.to_json() for each in found])
            return
        for each in found:
            _show(each)
        return
    if json:
        print_json([each.to_json() for each in known])
        return
    rows = [(each.name, each.kind, each.package, each.version or "-", each.summary) for each in known]
    print_table(("component", "kind", "package", "version", ""), rows, "there is none")


def _show(component: Component) -> None:
    print_facts(
        {
            component.kind: component.name,
            "package": f"{component.package} {component.version}".strip(),
            "take it": component.take,
            **{f"input {port.name}": _port(port) for port in component.inputs},
            **{f"output {port.name}": _port(port) for port in component.outputs},
        }
    )
    prose = component.docs.partition(">>>")[0].rstrip()
    for line in [*prose.splitlines(), *([""] if component.example else []), *component.example.splitlines()]:
        typer.echo(safe_text(line))


def _port(port: ComponentPort) -> str:
    shown = port.type or "anything"
    return shown if port.default is None else f"{shown} = {port.default}"
