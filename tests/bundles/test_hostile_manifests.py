"""What a manifest says is not believed: nothing leaves the folder, nothing is taken for what it is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bundles.conftest import ANN
from tidemill.bundles import Manifest, make_draft, parse_manifest
from tidemill.bundles._tables import bundle_table
from tidemill.bundles.manifest import MOST_FILES
from tidemill.core import DamagedError
from tidemill.workspace import Workspace

DIGEST = "ab" * 32


def manifest(*names: str, **changes: Any) -> dict[str, Any]:
    files = [{"path": name, "digest": DIGEST, "size": 1} for name in names]
    lock = {"kind": "installed", "digest": DIGEST, "size": 0}
    return {"module": "", "python": "3.11", "lock": lock, "pipelines": [], "files": files} | changes


@pytest.mark.parametrize(
    "given_manifest",
    [
        manifest("../x.py"),
        manifest("/etc/passwd"),
        manifest("a/../../x"),
        manifest("a//b"),
        manifest("a\\b"),
        manifest("a\0b"),
        manifest("c:x"),
        manifest("con"),
        manifest("a/."),
        manifest("%2e%2e/x"),
        manifest("x.py", "X.PY"),
        manifest("dir/a", "DIR/b"),
        manifest("a", "a/b"),
        manifest("A", "a/b"),
        manifest("a", "a"),
        manifest("\u00e9", "e\u0301"),
        manifest(*(f"{number}" for number in range(MOST_FILES + 1))),
        manifest("a/" * 40 + "x"),
        manifest("x" * 300),
        manifest("a", module="b.py"),
        manifest("a", format=2),
        manifest("a", pipelines=["x" * 300]),
        manifest("a", lock={"kind": "installed", "digest": "../x", "size": 0}),
        manifest(files=[{"path": "a", "digest": DIGEST, "size": -1}]),
        manifest(files=[{"path": "a", "digest": DIGEST, "size": 10**15}]),
        manifest(files=[{"path": "a", "digest": "short", "size": 1}]),
        manifest(files="all"),
        {},
    ],
    ids=range(28),
)
def test_a_hostile_manifest_is_refused_in_a_line(given_manifest: dict[str, Any]) -> None:
    with pytest.raises(DamagedError, match="no manifest"):
        parse_manifest(given_manifest)
    with pytest.raises(DamagedError):
        parse_manifest(json.dumps(given_manifest).encode())


ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@settings(max_examples=30, deadline=None)
@given(ANYTHING)
def test_whatever_is_no_manifest_is_refused(value: Any) -> None:
    with pytest.raises(DamagedError):
        parse_manifest(json.dumps(value).encode())


def test_a_manifest_reads_back_as_itself(folder: Path) -> None:
    draft = make_draft(folder)
    assert parse_manifest(draft.manifest.content) == draft.manifest
    assert parse_manifest(msgspec.to_builtins(draft.manifest)).digest == draft.digest


@pytest.mark.parametrize("name", ["../escaped.py", "/tmp/escaped.py"])
def test_a_record_that_was_changed_by_hand_does_not_lead_out(workspace: Workspace, folder: Path, name: str) -> None:
    bundle = workspace.bundles.store(ANN, make_draft(folder, workspace.settings))
    changed = msgspec.to_builtins(bundle.manifest)
    changed["files"][0]["path"] = name
    workspace.database.write(lambda tx: tx.execute(sa.update(bundle_table).values(manifest=changed)))
    with pytest.raises(DamagedError):
        workspace.bundles.get(ANN, bundle.digest)


def _larger(manifest: Manifest) -> Manifest:
    (first, *others) = manifest.files
    return msgspec.structs.replace(manifest, files=(msgspec.structs.replace(first, size=first.size + 1), *others))


def _smaller(manifest: Manifest) -> Manifest:
    (first, *others) = manifest.files
    return msgspec.structs.replace(manifest, files=(msgspec.structs.replace(first, size=first.size - 1), *others))


@pytest.mark.parametrize("change", [_larger, _smaller])
def test_sizes_that_are_not_true_are_found(
    workspace: Workspace, folder: Path, tmp_path: Path, change: Callable[[Manifest], Manifest]
) -> None:
    bundle = workspace.bundles.store(ANN, make_draft(folder, workspace.settings))
    false = bundle.__class__(change(bundle.manifest), None, "", "3.11.7", "", "eve")
    with pytest.raises(DamagedError, match=r"speech\.py does not have"):
        workspace.bundles.unpack(ANN, false, tmp_path / "out")
    assert not list(tmp_path.glob("*out*"))
    assert not list(tmp_path.glob(".*"))
