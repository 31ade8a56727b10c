"""tidemill graph: draw the graph of a pipeline, or of a run with what each step came to."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from tidemill.cli.home import check_home
from tidemill.cli.options import HERE, Folder, Home, Json, Params, ProjectName
from tidemill.cli.output import only_json, print_json, safe_text
from tidemill.cli.session import Session, open_session, parse_params
from tidemill.core import UsageError, load_settings
from tidemill.pipelines import GraphNode, Seen, figure_of_nodes, figure_of_run, nodes_of_steps, recorded_nodes
from tidemill.pipelines.drawing import Figure, dot, drawn_lines, fold, groups_of, mermaid
from tidemill.project import load_project

app = typer.Typer(add_completion=False)
_RUN_ID = 32


@app.command()
def graph(
    of: Annotated[
        str | None, typer.Argument(help="A pipeline, or a run's id; may be left out when there is one pipeline.")
    ] = None,
    param: Params = None,
    as_dot: Annotated[bool, typer.Option("--dot", help="Print it in the language of Graphviz.")] = False,
    as_mermaid: Annotated[bool, typer.Option("--mermaid", help="Print it as a flow chart of Mermaid.")] = False,
    folded: Annotated[bool, typer.Option("--fold", help="Each nested pipeline as one step.")] = False,
    ascii_only: Annotated[bool, typer.Option("--ascii", help="Draw with ASCII only.")] = False,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Draw the graph of a pipeline, or of a run with what each step came to. Nothing is executed."""
    if as_dot and as_mermaid:
        raise UsageError("--dot and --mermaid are two languages; choose one")
    if of is not None and len(of) == _RUN_ID and set(of) <= set("0123456789abcdef"):
        figure, nodes = _of_run(open_session(folder, home, project), of)
    else:
        if not folder.is_dir():
            raise UsageError(f"{folder} is not a folder; name the project's folder with --folder")
        settings = load_settings(folder, home=home.absolute() if home else None, project=project)
        check_home(settings.home)
        with only_json(json or as_dot or as_mermaid):
            traced = load_project(folder, settings).pipeline(of).trace(parse_params(param))
        nodes = recorded_nodes(traced.nodes)
        figure = figure_of_nodes(traced.pipeline, nodes)
    if folded:
        figure = fold(figure, groups_of(figure))
    if json:
        print_json(_told(figure, nodes))
    elif as_dot or as_mermaid:
        typer.echo(dot(figure) if as_dot else mermaid(figure))
    else:
        for line in drawn_lines(figure, ascii_only=ascii_only or plain_terminal()):
            typer.echo(safe_text(line))


def plain_terminal() -> bool:
    """Tell whether standard output can only show ASCII.

    >>> plain_terminal() in (True, False)
    True
    """
    try:
        "├─ ▶ ✓ █".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def _of_run(session: Session, run_id: str) -> tuple[Figure, tuple[GraphNode, ...]]:
    run = session.workspace.tracking.get_run(session.caller, run_id).run
    steps = session.workspace.pipelines.steps(session.caller, run_id)
    recorded = session.workspace.pipelines.graph(session.caller, run_id)
    nodes = recorded.nodes if recorded else nodes_of_steps(steps)
    seen = Seen(ended=run.status not in {"running", "paused"}, now=session.workspace.clock.now())
    return figure_of_run(run.experiment, nodes, steps, seen), tuple(nodes)


def _told(figure: Figure, nodes: tuple[GraphNode, ...]) -> dict[str, Any]:
    return {"pipeline": figure.title, "nodes": nodes, "steps": figure.spots, "ways": figure.ways}
