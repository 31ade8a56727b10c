"""Steps and pipelines from another installed package: found, described, used, and run anew with their version."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.projects import ANN as CALLER
from tests.pipelines.projects import Sandbox, open_sandbox
from tests.workbench.test_environment import make_wheel
from tidemill import components
from tidemill.cli import main
from tidemill.core import NotFoundError
from tidemill.pipelines import step
from tidemill.plugins import PluginError

STEPS = '''
"""Steps to share."""

from __future__ import annotations

import tidemill as tm


@tm.step(outputs=("low", "high"), version=VERSION)
def bounds(values: list[int], margin: int = 1) -> tuple[int, int]:
    """Return the least and the greatest value, each a margin further out.

    >>> bounds([3, 1, 2])
    (0, 4)
    """
    return min(values) - margin, max(values) + margin


@tm.pipeline
def spread(margin: int = 1):
    """Find how far values lie apart."""
    low, high = bounds([5, 7], margin)
    return {"low": low, "high": high}
'''
ENTRIES = "[tidemill.components]\nbounds = tide_steps:bounds\nspread = tide_steps:spread\n"
PROJECT = '''
import tidemill as tm
from tide_steps import bounds, spread


@tm.step
def width(low: int, high: int) -> int:
    """Say how wide it is."""
    return high - low


@tm.pipeline
def wide(margin: int = 1):
    low, high = bounds([1, 2, 3], margin)
    return width(low, high)
'''


class Site:
    """A folder of installed packages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, version: str, own: str = "''", entries: str = ENTRIES) -> None:
        """Install one version of the package in place of any other, as a new process would see it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        text = STEPS.replace("VERSION", own)
        wheel = make_wheel(self.folder.parent / "wheels", "tide_steps", version, {"tide_steps.py": text}, entries)
        zipfile.ZipFile(wheel).extractall(self.folder)
        sys.modules.pop("tide_steps", None)
        importlib.invalidate_caches()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An empty site-packages on the path."""
    folder = tmp_path / "lib" / "site-packages"
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield Site(folder)
    sys.modules.pop("tide_steps", None)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A project that uses the package."""
    opened = open_sandbox(tmp_path / "project")
    opened.write(PROJECT)
    yield opened
    opened.workspace.database.close()


def test_a_step_of_another_package_is_used_and_runs_anew_with_its_version_only(site: Site, sandbox: Sandbox) -> None:
    def states() -> list[str]:
        plan = sandbox.plan("wide")
        return [each.action for each in plan.steps]

    def run() -> None:
        sandbox.workspace.pipelines.run(CALLER, sandbox.plan("wide"), sandbox.folder)

    site.install("1.0")
    run()
    assert states() == ["reuse", "reuse"]
    site.install("1.0")
    assert states() == ["reuse", "reuse"]
    site.install("1.1")
    assert states()[0] == "run"
    run()
    assert states() == ["reuse", "reuse"]
    site.install("1.1", own="'2.0'")
    assert states()[0] == "run"
    run()
    site.install("1.1", own="'2.1'")
    plan = sandbox.plan("wide")
    assert plan.steps[0].why == "changed: version"


def test_a_pipeline_of_another_package_is_one_of_the_projects(site: Site, sandbox: Sandbox) -> None:
    site.install("1.0")
    plan = sandbox.plan("spread")
    assert sandbox.workspace.pipelines.run(CALLER, plan, sandbox.folder).result == {"low": 4, "high": 8}


def test_the_catalogue_says_what_each_takes_returns_and_shows(
    site: Site, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    site.install("1.0")
    folder = str(sandbox.folder)

    (found,) = _printed(capsys, ["components", "bounds", "-C", folder])
    assert (found["package"], found["version"], found["kind"]) == ("tide_steps", "1.0", "step")
    assert found["inputs"] == [
        {"name": "values", "type": "list[int]", "default": None},
        {"name": "margin", "type": "int", "default": "1"},
    ]
    assert [port["name"] for port in found["outputs"]] == ["low", "high"]
    assert [port["type"] for port in found["outputs"]] == ["int", "int"]
    assert found["example"] == ">>> bounds([3, 1, 2])\n(0, 4)"
    assert found["take"] == "from tide_steps import bounds"

    known = {(each["package"], each["name"]): each for each in _printed(capsys, ["components", "-C", folder])}
    assert known["project", "width"]["summary"] == "Say how wide it is."
    assert known["tide_steps", "spread"]["kind"] == "pipeline"
    assert known["tidemill", "split_by_time"]["version"]
    assert ("project", "bounds") not in known
    site.install("1.0", own="'7.5'")
    (found,) = _printed(capsys, ["components", "tide_steps:bounds", "-C", folder])
    assert found["version"] == "7.5"


def test_what_is_offered_wrongly_or_not_there_is_told_in_one_line(site: Site) -> None:
    site.install("1.0", entries="[tidemill.components]\nbounds = tide_steps:missing\n")
    with pytest.raises(PluginError, match=r"The component 'bounds' of tide_steps 1\.0 .* does not load"):
        components.installed_components()
    site.install("1.0", entries="[tidemill.components]\nbounds = tide_steps:__doc__\n")
    with pytest.raises(PluginError, match="does not load"):
        components.installed_components()
    with pytest.raises(NotFoundError, match="no component 'splitt'"):
        components.find_component([], "splitt")


def test_without_annotations_and_docs_a_step_is_described_all_the_same() -> None:
    @step
    def bare(rows, n=None):  # type: ignore[no-untyped-def]
        return rows

    found = components.describe(bare)
    assert [(port.name, port.type, port.default) for port in found.inputs] == [("rows", "", None), ("n", "", "None")]
    assert (found.summary, found.example, found.outputs[0].type) == ("", "", "")


def _printed(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> list[dict[str, Any]]:
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--json"])
    assert ended.value.code == 0
    told: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return told
