"""Imports stand at the top; heavy libraries only in the files that adapt them."""

from __future__ import annotations

import re
import sys
from fnmatch import fnmatch

from tests.architecture.adapters import AT_TOP, IN_FUNCTIONS, LAZY_DOORS
from tests.architecture.house import modules, project


def test_no_own_import_inside_a_function_or_for_type_checking() -> None:
    wrong = [
        f"{module.at(entry)} imports {entry.module}"
        for module in modules()
        for entry in module.imports
        if entry.library == "tidemill"
        and (entry.in_function or entry.type_checking)
        and not _is_in(module.place, LAZY_DOORS)
    ]
    assert not wrong, "a ring of imports is mended by moving what is shared down:\n" + "\n".join(wrong)


def test_third_party_libraries_stay_in_their_adapters() -> None:
    wrong = []
    for module in modules():
        for entry in module.imports:
            library = entry.library
            if library in ("tidemill", "__future__") or library in sys.stdlib_module_names:
                continue
            allowed = IN_FUNCTIONS.get(library, ()) if entry.in_function else AT_TOP.get(library, ())
            if not _is_in(module.place, allowed):
                where = "inside a function of" if entry.in_function else "at the top of"
                wrong.append(f"{library} {where} {module.at(entry)}")
    assert not wrong, "not in tests/architecture/adapters.py:\n" + "\n".join(wrong)


def test_every_library_is_a_declared_dependency() -> None:
    # The names of these distributions are those of their modules, but for one.
    declared = {
        re.split(r"[<>=\[; ]", line, maxsplit=1)[0].replace("scikit-learn", "sklearn") for line in _dependencies()
    }
    used = {entry.library for module in modules() for entry in module.imports} - set(sys.stdlib_module_names)
    assert used - {"tidemill"} <= declared, sorted(used - {"tidemill"} - declared)


def test_the_base_install_stays_small_and_nothing_is_capped() -> None:
    assert len(project()["project"]["dependencies"]) <= 13
    assert not [line for line in _dependencies() if "<" in line.partition(";")[0]]


def _dependencies() -> list[str]:
    declared = project()["project"]
    extras = declared["optional-dependencies"].values()
    return [*declared["dependencies"], *(line for extra in extras for line in extra)]


def _is_in(place: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(place, pattern) for pattern in patterns)
