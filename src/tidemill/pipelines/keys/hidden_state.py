"""What code stands on without naming it: settings of libraries, what a project has put into them, global chance."""

from __future__ import annotations

import os
import random
import re
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from tidemill.core import digest_json

#: An attribute of something dotted that is assigned to, or set by `setattr`; and a call of what registers something.
_SETS = re.compile(r"^[ \t]*((?:\w+\.)+)\w+[ \t]*=(?!=)|\bsetattr\(\s*([\w.]+)\s*,", re.MULTILINE)
_REGISTERS = re.compile(r"^[ \t]*@?((?:\w+\.)+)\w*register\w*\(", re.MULTILINE)
_SEEDS = frozenset({"seed", "setstate", "set_state", "getstate", "get_state"})


def settings_of(top: str) -> dict[str, str]:
    """Return the part that stands for the settings of a library in this process; none while nothing is known of any.

    >>> settings_of("csv")
    {}
    """
    asked = _SETTINGS.get(top)
    module = sys.modules.get(top)
    told = asked(module) if asked is not None and module is not None else None
    return {f"settings of {top}": digest_json(told)} if told else {}


def _numpy(numpy: Any) -> str:
    return repr((sorted(numpy.get_printoptions().items(), key=str), sorted(numpy.geterr().items())))


def _pandas(pandas: Any) -> str:
    config = getattr(sys.modules.get("pandas._config.config"), "_global_config", None)
    return repr(config if config is not None else pandas.options)


def _polars(polars: Any) -> str:
    return repr(sorted(polars.Config.state(if_set=True).items()))


def _decimal(decimal: Any) -> str:
    # Its flags only note what has happened so far.
    return re.sub(r"flags=\[.*?\]", "", repr(decimal.getcontext()))


def _warnings(warnings: Any) -> str:
    filters = [
        [
            each[0],
            getattr(each[1], "pattern", each[1]),
            each[2].__qualname__,
            getattr(each[3], "pattern", each[3]),
            each[4],
        ]
        for each in warnings.filters
    ]
    return repr(filters)


def _time_zone(_: Any) -> str:
    return os.environ.get("TZ", "")


_SETTINGS: dict[str, Callable[[Any], str]] = {
    "numpy": _numpy,
    "pandas": _pandas,
    "polars": _polars,
    "decimal": _decimal,
    "_decimal": _decimal,
    "warnings": _warnings,
    "time": _time_zone,
    "datetime": _time_zone,
}


def draws_from(value: object) -> str | None:
    """Return the global generator of chance that a function draws from, None for one that draws from none.

    >>> draws_from(random.shuffle), draws_from(random.Random(1).shuffle)
    ('random', None)
    """
    owner = getattr(value, "__self__", None)
    if owner is None or isinstance(owner, ModuleType):
        return None
    if owner is random._inst:
        return "random"
    numpy = sys.modules.get("numpy.random.mtrand")
    return "numpy.random" if numpy is not None and owner is getattr(numpy, "_rand", numpy) else None


def seeds(value: object) -> bool:
    """Tell whether a function sets the state of a global generator of chance.

    >>> seeds(random.seed), seeds(random.random)
    (True, False)
    """
    return draws_from(value) is not None and getattr(value, "__name__", "") in _SEEDS


def put_into_libraries(
    module: ModuleType, text: str, is_project: Callable[[object], bool]
) -> Iterator[tuple[str, str, Any]]:
    """Yield what a module of the project has put into those of libraries: its name, what it is called, and it.

    What cannot be told apart, such as an accessor that a class registers, stands for the whole module.
    """
    for found in _SETS.finditer(text):
        path = (found[1] or found[2]).rstrip(".")
        owner = _resolved(module, path)
        if isinstance(owner, ModuleType | type) and not is_project(owner):
            name = owner.__name__ if isinstance(owner, ModuleType) else f"{owner.__module__}.{owner.__qualname__}"
            for attribute, value in list(vars(owner).items()):
                if _is_put(value, is_project) or f"{path}.{attribute}" in text:
                    yield name.partition(".")[0], f"{name}.{attribute}", value
    for found in _REGISTERS.finditer(text):
        owner = _resolved(module, found[1].rstrip("."))
        if isinstance(owner, ModuleType | type) and not is_project(owner):
            name = owner.__name__ if isinstance(owner, ModuleType) else owner.__module__
            yield name.partition(".")[0], f"what {module.__name__} registers", module


def _is_put(value: object, is_project: Callable[[object], bool]) -> bool:
    inner = getattr(value, "__func__", value)
    return (callable(inner) or isinstance(inner, type)) and is_project(inner)


def _resolved(module: ModuleType, path: str) -> object:
    first, *rest = path.split(".")
    found = vars(module).get(first)
    for name in rest:
        found = getattr(found, name, None) if isinstance(found, ModuleType | type) else None
    return found
