"""Storing, checking, deploying, promoting and rolling back, with roles and the audit trail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.bundles.conftest import ANN, say_word
from tidemill.access import Caller, Role
from tidemill.bundles import CI, WORKING_TREE, Bundle, make_draft
from tidemill.core import ConflictError, ForbiddenError, NotFoundError, UsageError
from tidemill.retention.references import referenced_blobs
from tidemill.storage.events import EventQuery
from tidemill.workspace import Workspace


def stored(workspace: Workspace, word: str, *, passed: bool = True) -> Bundle:
    """A bundle whose code says a word."""
    say_word(workspace.folder, word)
    bundle = workspace.bundles.store(ANN, make_draft(workspace.folder, workspace.settings))
    if passed:
        workspace.bundles.record_check(ANN, bundle.digest, CI, True, {"n": 1})
    return bundle


def in_use(workspace: Workspace, environment: str = "dev") -> str:
    found = workspace.bundles.deployed(ANN, environment)
    return found.digest if found else ""


def events(workspace: Workspace, kind: str) -> list[dict[str, object]]:
    found = workspace.audit.list(ANN, EventQuery(limit=100, kind_prefix=kind))
    return [dict(event.data) for event in found]


def test_a_bundle_is_found_by_its_beginning(workspace: Workspace) -> None:
    first, second = stored(workspace, "one"), stored(workspace, "two")
    assert workspace.bundles.get(ANN, first.digest[:8]).digest == first.digest
    assert [each.digest for each in workspace.bundles.list(ANN)] == [second.digest, first.digest]
    assert workspace.bundles.get(ANN, "latest").digest == second.digest
    with pytest.raises(NotFoundError, match="There is no bundle 'ffffffff'"):
        workspace.bundles.get(ANN, "ffffffff")
    with pytest.raises(UsageError, match="four or more digits"):
        workspace.bundles.get(ANN, "../x")
    with pytest.raises(NotFoundError):
        workspace.bundles.get(Caller("eve", "other", Role.ADMIN), first.digest)
    assert len(events(workspace, "bundle.stored")) == 2


def test_storing_again_changes_nothing(workspace: Workspace) -> None:
    first = stored(workspace, "one", passed=False)
    assert stored(workspace, "one", passed=False) == first
    assert len(events(workspace, "bundle.stored")) == 1


def test_a_file_that_changes_while_it_is_packaged_is_told(workspace: Workspace, folder: Path) -> None:
    draft = make_draft(folder, workspace.settings)
    say_word(folder, "another")
    with pytest.raises(ConflictError, match=r"spoken\.py .*was changed while it was packaged"):
        workspace.bundles.store(ANN, draft)
    (folder / "words" / "spoken.py").unlink()
    with pytest.raises(ConflictError, match="was changed"):
        workspace.bundles.store(ANN, draft)
    assert workspace.bundles.list(ANN) == []


def test_what_did_not_pass_is_deployed_with_a_reason_only(workspace: Workspace) -> None:
    bundle = stored(workspace, "one", passed=False)
    with pytest.raises(ConflictError, match=r"'ci' has not run on it.*--override"):
        workspace.bundles.deploy(ANN, bundle.digest, "dev")
    workspace.bundles.record_check(ANN, bundle.digest, "lint", True, {})
    workspace.bundles.record_check(ANN, bundle.digest, CI, True, {})
    workspace.bundles.record_check(ANN, bundle.digest, CI, False, {"failed": ["speech"]})
    with pytest.raises(ConflictError, match="'ci' failed"):
        workspace.bundles.deploy(ANN, bundle.digest, "dev")
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(UsageError, match="needs a reason"):
            workspace.bundles.deploy(ANN, bundle.digest, "dev", override=reason)
    assert in_use(workspace) == ""
    done = workspace.bundles.deploy(ANN, bundle.digest, "dev", override="the checker was down")
    assert (done.how, done.number, done.override) == ("deployed", 1, "the checker was down")
    assert events(workspace, "bundle.deployed") == [
        {"environment": "dev", "number": 1, "override": "the checker was down"}
    ]
    spoken = workspace.bundles.deploy(ANN, bundle.digest, "prod", override="api_key=hunter2hunter2 was refused")
    assert spoken.override.endswith("was refused")
    assert "hunter2" not in spoken.override + str(events(workspace, "bundle.deployed"))
    workspace.bundles.record_check(ANN, bundle.digest, CI, True, {})
    assert workspace.bundles.deploy(ANN, bundle.digest, "staging", override="not needed").override == ""


def test_deploying_again_changes_nothing_and_going_back_goes_further_back(workspace: Workspace) -> None:
    bundles = [stored(workspace, word) for word in ("one", "two", "three")]
    for bundle in bundles:
        workspace.bundles.deploy(ANN, bundle.digest, "dev")
        workspace.bundles.deploy(ANN, bundle.short, "dev")
    assert [each.number for each in workspace.bundles.deployments(ANN, "dev")] == [3, 2, 1]
    assert workspace.bundles.roll_back(ANN, "dev").digest == bundles[1].digest
    assert workspace.bundles.roll_back(ANN, "dev").digest == bundles[0].digest
    with pytest.raises(ConflictError, match="none to go back to"):
        workspace.bundles.roll_back(ANN, "dev")
    assert in_use(workspace) == bundles[0].digest
    assert workspace.bundles.deploy(ANN, WORKING_TREE, "dev").how == "withdrawn"
    assert in_use(workspace) == ""
    with pytest.raises(ConflictError, match="no bundle is deployed"):
        workspace.bundles.roll_back(ANN, "dev")
    with pytest.raises(ConflictError, match="was ever deployed to 'prod'"):
        workspace.bundles.deploy(ANN, WORKING_TREE, "prod")
    assert len(events(workspace, "bundle.withdrawn")) == 1


def test_promotion_deploys_what_the_other_environment_uses(workspace: Workspace) -> None:
    bundle = stored(workspace, "one")
    with pytest.raises(ConflictError, match="no bundle is deployed to 'staging'"):
        workspace.bundles.promote(ANN, "staging", "prod")
    workspace.bundles.deploy(ANN, bundle.digest, "staging")
    done = workspace.bundles.promote(ANN, "staging", "prod")
    assert (done.digest, done.environment, done.from_environment) == (bundle.digest, "prod", "staging")
    assert events(workspace, "bundle.promoted") == [{"environment": "prod", "number": 1, "from": "staging"}]


def test_each_verb_needs_its_role(workspace: Workspace) -> None:
    bundle = stored(workspace, "one")
    viewer, editor = Caller("val", role=Role.VIEWER), Caller("ed", role=Role.EDITOR)
    assert workspace.bundles.get(viewer, bundle.digest) == bundle
    draft = make_draft(workspace.folder, workspace.settings)
    for forbidden in (
        lambda: workspace.bundles.store(viewer, draft),
        lambda: workspace.bundles.record_check(viewer, bundle.digest, CI, True, {}),
        lambda: workspace.bundles.deploy(editor, bundle.digest, "dev"),
        lambda: workspace.bundles.promote(editor, "dev", "prod"),
        lambda: workspace.bundles.roll_back(editor, "dev"),
    ):
        with pytest.raises(ForbiddenError):
            forbidden()


def test_bad_names_and_reports_are_refused_in_a_line(workspace: Workspace) -> None:
    bundle = stored(workspace, "one")
    with pytest.raises(UsageError, match="cannot name a environment"):
        workspace.bundles.deploy(ANN, bundle.digest, "../prod")
    with pytest.raises(UsageError, match="cannot name a check"):
        workspace.bundles.record_check(ANN, bundle.digest, "", True, {})
    with pytest.raises(UsageError, match="is no JSON"):
        workspace.bundles.record_check(ANN, bundle.digest, CI, True, {"at": object()})
    with pytest.raises(UsageError, match="at most"):
        workspace.bundles.record_check(ANN, bundle.digest, CI, True, {"log": "x" * 5_000_000})


def test_two_deployments_at_once_are_one_after_the_other(workspace: Workspace) -> None:
    bundles = [stored(workspace, f"word {number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda each: workspace.bundles.deploy(ANN, each.digest, "dev"), bundles))
    assert sorted(each.number for each in done) == list(range(1, 9))
    (last,) = [each for each in done if each.number == 8]
    assert in_use(workspace) == last.digest


def test_nothing_that_a_bundle_needs_is_collected(workspace: Workspace) -> None:
    bundle = stored(workspace, "one")
    named = {digest for digest, _ in workspace.database.read(lambda tx: list(referenced_blobs(tx, "default")))}
    (check,) = workspace.bundles.checks(ANN, bundle.digest)
    assert set(bundle.manifest.blobs()) | {check.report_digest} <= named
