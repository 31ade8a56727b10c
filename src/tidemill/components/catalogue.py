"""The catalogue: what Tidemill brings, what installed packages offer, and what the project has of its own."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from tidemill.components.component import COMPONENTS, Component, Shareable, describe
from tidemill.core import not_found
from tidemill.evaluation.step import evaluate
from tidemill.pipelines import Pipeline, Step, split_by_time
from tidemill.plugins import Implementations, discover
from tidemill.registry import candidate

_BUILT_IN: tuple[Shareable, ...] = (split_by_time, evaluate, candidate)


def installed_components() -> list[Component]:
    """Return what Tidemill and installed packages offer, by the entry points of `tidemill.components`.

    Raises PluginError for an entry point that does not load or is neither step nor pipeline.
    """
    found: Implementations[Shareable] = discover(COMPONENTS, {item.name: item for item in _BUILT_IN})
    return [describe(item, name) for name, item in found.by_name.items()]


def list_components(module: ModuleType | None = None) -> list[Component]:
    """Return what is installed, and the steps and pipelines that a project's module names. Raises PluginError."""
    found = installed_components()
    known = {(each.package, each.name) for each in found}
    for item in _named(module):
        component = describe(item)
        if (component.package, component.name) not in known and component.package != "tidemill":
            known.add((component.package, component.name))
            found.append(component)
    return found


def find_component(components: Iterable[Component], name: str) -> list[Component]:
    """Return those of a name, or of `package:name`. Raises NotFoundError."""
    known = list(components)
    package, colon, own = name.rpartition(":")
    found = [each for each in known if each.name == own and (not colon or each.package == package)]
    if not found:
        raise not_found("component", name, [each.name for each in known])
    return found


def _named(module: ModuleType | None) -> Iterable[Shareable]:
    seen = set()
    for value in vars(module).values() if module is not None else ():
        if isinstance(value, Step | Pipeline) and id(value) not in seen:
            seen.add(id(value))
            yield value
