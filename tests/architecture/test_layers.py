"""Water runs one way: the import contracts hold, cover every room and have no exceptions."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.house import DOORS, PACKAGE, ROOT, contracts, front_of, modules, rooms


def test_the_import_contracts_hold() -> None:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def test_the_layers_name_every_room_and_nothing_else() -> None:
    (layers,) = [contract for contract in contracts() if contract["type"] == "layers"]
    assert layers["exhaustive"] is True
    named = {layer.strip("()") for layer in layers["layers"]}
    assert set(rooms()) <= named, f"not in the layers contract: {sorted(set(rooms()) - named)}"
    if named == set(rooms()):
        assert not [layer for layer in layers["layers"] if "(" in layer], "every room is there: no layer is optional"


def test_no_contract_has_exceptions() -> None:
    for contract in contracts():
        exceptions = {"ignore_imports", "exhaustive_ignores", "skip_descendants"} & contract.keys()
        assert not exceptions, f"{contract['id']} has {sorted(exceptions)}: mend the import instead"


@pytest.mark.parametrize("contract", ["no-doors-in-rooms", "granian-in-serving"])
def test_the_forbidden_contracts_cover_every_room(contract: str) -> None:
    (sources,) = [entry["source_modules"] for entry in contracts() if entry["id"] == contract]
    exempt = {"serving", "__main__"} if "granian" in contract else {*DOORS}
    finished = {room for room in rooms() if front_of(room)}
    missing = sorted(finished - exempt - {source.removeprefix("tidemill.") for source in sources})
    assert not missing, f"add to the contract {contract}: {missing}"


def test_no_room_imports_the_front_door_or_its_own_face() -> None:
    wrong = []
    for module in modules():
        own = f"tidemill.{module.room}"
        for entry in module.imports:
            if module.room not in ("", *DOORS) and entry.module == "tidemill" and entry.name not in rooms():
                wrong.append(f"{module.at(entry)} imports the front door: import the room that has the name")
            if entry.module == own and entry.name is not None and not _is_file_of(module.room, entry.name):
                wrong.append(f"{module.at(entry)} imports its own room's face: import the file that has the name")
    assert not wrong, "\n".join(wrong)


def _is_file_of(room: str, name: str) -> bool:
    folder = PACKAGE / room
    return not folder.is_dir() or (folder / f"{name}.py").exists() or (folder / name).is_dir()
