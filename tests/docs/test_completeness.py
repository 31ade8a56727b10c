"""Undocumented means failing: every command, setting, route and event is named, and every link leads somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from starlette.routing import Route

from tests.docs.pages import GUIDE, ROOT, anchors, blocks, documents, guides, links
from tidemill.app import open_workspace
from tidemill.cli.application import COMMANDS
from tidemill.core import Settings
from tidemill.server.application import build_application
from tidemill.server.options import ServerOptions
from tidemill.server.roles import role_of
from tidemill.tracking.runs import FAILED, FINISHED, KILLED

SOURCES = ROOT / "src" / "tidemill"
#: What an f-string that names an event can become.
MADE = {"run.*": [f"run.{status}" for status in (FINISHED, FAILED, KILLED)]}
#: Answered by the data plane, whose routes are told in a guide of their own.
DATA_PLANE = ("/predict/ENDPOINT", "/predict/PROJECT/ENDPOINT", "/health", "/ready", "/endpoints", "/metrics")


def text(*names: str) -> str:
    """The guides of these names as one text."""
    return "\n".join((GUIDE / f"{name}.md").read_text("utf-8") for name in names)


def test_every_command_is_in_the_readme_with_its_own_words_and_in_a_guide() -> None:
    readme, typed = (ROOT / "README.md").read_text("utf-8"), text(*(page.stem for page in guides()))
    told = {name: sentence for name, (_, sentence) in COMMANDS.items()}
    told["init"] = told["init"].removesuffix(".") + ", from the flights example."
    missing = [name for name, sentence in told.items() if f"| `tidemill {name}` | {sentence} |" not in readme]
    missing += [name for name in COMMANDS if name not in {"demo", "init"} and f"tidemill {name}" not in typed]
    assert not missing


def test_every_setting_has_its_key_its_variable_and_its_default() -> None:
    settings = text("settings")
    for field in fields(Settings):
        assert f"| `{field.name}` | `TIDEMILL_{field.name.upper()}`" in settings
    assert str(Settings().port) in settings
    assert str(Settings().home) in settings


def test_every_route_is_in_the_guide_with_its_role(tmp_path: Path) -> None:
    options = ServerOptions(tmp_path, Settings(home=tmp_path / "home"))
    workspace = open_workspace(tmp_path, options.settings)
    guide = text("server")
    for route in build_application(workspace, options).routes:
        if not isinstance(route, Route):
            continue
        assert f"`{route.path}`" in guide, f"{route.path} is not in docs/guide/server.md"
        (method,) = {each for each in route.methods or () if each != "HEAD"}
        if route.path.startswith("/api/"):
            role = role_of(route)
            assert role is not None
            assert f"| {method} `{route.path}` | {role.name.lower()} |" in guide
        elif method != "GET":
            assert f"{method} `{route.path}`" in guide
    workspace.database.close()


def test_every_route_of_the_data_plane_is_in_its_guide() -> None:
    guide = text("serving")
    assert not [path for path in DATA_PLANE if f"{path}`" not in guide]


def test_every_event_is_in_the_table_of_events() -> None:
    told = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", text("governance")))
    emitted = {kind for file in SOURCES.rglob("*.py") if "testing" not in file.parts for kind in _event_kinds(file)}
    assert emitted == {kind for kind in told if kind.partition(".")[0] in {each.partition(".")[0] for each in emitted}}


def _event_kinds(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text("utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Event":
                    yield from _kinds(node.args[0], function)


def _kinds(kind: ast.expr, function: ast.FunctionDef) -> Iterator[str]:
    """The values that an event's first argument can have: a text, an f-string, or a name that was given one."""
    if isinstance(kind, ast.JoinedStr):
        parts = [str(part.value) if isinstance(part, ast.Constant) else "*" for part in kind.values]
        yield from MADE["".join(parts)]
    elif isinstance(kind, ast.Name):
        given = [node.value for node in ast.walk(function) if isinstance(node, ast.Assign) and _gives(node, kind.id)]
        assert given, f"no value of {kind.id} is found in {function.name}"
        for value in given:
            yield from _texts(value)
    else:
        yield from _texts(kind)


def _gives(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


def _texts(value: ast.expr) -> Iterator[str]:
    found = [node.value for node in ast.walk(value) if isinstance(node, ast.Constant)]
    kinds = [each for each in found if isinstance(each, str)]
    assert kinds, f"an event's kind cannot be read: {ast.unparse(value)}"
    yield from kinds


@pytest.mark.parametrize("page", [*documents(), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"], ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    for target in links(page):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors(place), f"{page.name} links to {target}"


def test_every_guide_is_in_the_table_of_contents() -> None:
    listed = set(links(ROOT / "docs" / "README.md"))
    assert {f"guide/{page.name}" for page in guides()} <= listed


def test_pictures_are_small_and_described() -> None:
    for picture in (ROOT / "docs" / "pictures").iterdir():
        assert picture.stat().st_size < 200_000
        assert any(link.endswith(f"pictures/{picture.name}") for page in documents() for link in links(page)), (
            f"{picture.name} is not shown"
        )


@pytest.mark.parametrize("page", documents(), ids=str)
def test_every_block_says_what_it_is(page: Path) -> None:
    for block in blocks(page):
        assert block.language in {"sh", "python", "toml", "csv", "text"}, block.place
        assert set(block.words) <= {"file", "exit", "needs"}, block.place
