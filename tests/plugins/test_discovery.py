"""Finding implementations of a hook in real installed distributions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Protocol, runtime_checkable

import pytest

from tidemill.core import NotFoundError
from tidemill.plugins import Hook, PluginError, discover


@runtime_checkable
class Greeter(Protocol):
    def greet(self) -> str: ...


class Hello:
    def greet(self) -> str:
        return "hello"


GREETERS: Hook[Greeter] = Hook("test_greeters", Greeter, "greeter")


def install(folder: Path, name: str, target: str, code: str) -> None:
    """Write a distribution as an installer would: a module and its metadata."""
    module = target.split(":", maxsplit=1)[0]
    (folder / f"{module}.py").write_text(code)
    info = folder / f"{module}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[tidemill.test_greeters]\n{name} = {target}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_built_ins_are_found_by_name() -> None:
    found = discover(GREETERS, {"hello": Hello()})
    assert found.names() == ("hello",)
    assert [g.greet() for g in found] == ["hello"]
    assert len(found) == 1


def test_an_installed_class_is_made_and_found(site: Path) -> None:
    install(site, "moin", "greet_a:Moin", "class Moin:\n    def greet(self):\n        return 'moin'\n")
    assert discover(GREETERS, {"hello": Hello()}).get("moin").greet() == "moin"


def test_an_installed_instance_is_taken_as_it_is(site: Path) -> None:
    code = "class Moin:\n    def greet(self):\n        return 'moin'\nmoin = Moin()\n"
    install(site, "moin", "greet_b:moin", code)
    assert discover(GREETERS).get("moin").greet() == "moin"


def test_nothing_installed_is_looked_at_when_not_asked(site: Path) -> None:
    install(site, "moin", "greet_c:Moin", "raise RuntimeError('imported')\n")
    assert discover(GREETERS, {"hello": Hello()}, installed=False).names() == ("hello",)
    assert "greet_c" not in sys.modules


def test_an_unknown_name_says_what_there_is() -> None:
    with pytest.raises(NotFoundError, match=r"no greeter 'helo'\. Did you mean 'hello'\?"):
        discover(GREETERS, {"hello": Hello()}).get("helo")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise RuntimeError('no library')\n", "does not load: RuntimeError: no library"),
        ("class Moin:\n    pass\n", "is a Moin, which is no Greeter"),
        ("", "does not load: AttributeError"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_named(site: Path, code: str, says: str) -> None:
    module = f"greet_{abs(hash(code))}"
    install(site, "moin", f"{module}:Moin", code)
    with pytest.raises(PluginError, match=says) as caught:
        discover(GREETERS)
    assert "\n" not in str(caught.value)
    assert f"{module} 1.2" in str(caught.value)


def test_two_of_one_name_are_refused(site: Path) -> None:
    install(site, "hello", "greet_d:Hello", "class Hello:\n    def greet(self):\n        return 'x'\n")
    with pytest.raises(PluginError, match="already used"):
        discover(GREETERS, {"hello": Hello()})
