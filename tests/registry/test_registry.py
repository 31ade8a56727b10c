"""The registry: one champion at every moment, and nothing registered that no gate let pass."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.small_project import ANN, release, write_project
from tidemill.core import ConflictError, DamagedError, UsageError, new_id
from tidemill.deployment import Release
from tidemill.registry import Asked, Candidate, ModelReference, StoredCandidate
from tidemill.workspace import Workspace

Released = tuple[Workspace, Release, StoredCandidate]


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Released:
    folder = tmp_path_factory.mktemp("registry")
    write_project(folder)
    release(folder)
    workspace, second = release(folder, n_trees=30)
    output = workspace.pipelines.output(ANN, second.run.run_id, "candidate")
    assert output is not None
    return workspace, second.releases[0], StoredCandidate.from_output(second.run.run_id, output)


@pytest.mark.parametrize(("n_readers", "n_switches"), [(2, 20), pytest.param(8, 250, marks=pytest.mark.long)])
def test_an_alias_names_one_version_at_every_moment(released: Released, n_readers: int, n_switches: int) -> None:
    workspace = released[0]
    seen: list[int] = []
    failures: list[Exception] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                version = workspace.registry.get(ANN, "late@champion")
                assert "champion" in version.aliases
                seen.append(version.version)
            except Exception as error:  # noqa: BLE001 - any failure at all is the finding
                failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(n_readers)]
    for thread in threads:
        thread.start()
    verdicts = {each.version: each.verdict_id for each in workspace.registry.list_versions(ANN, "late")}
    for number in range(n_switches):
        version = number % 2 + 1
        workspace.promotions.requests.ask(ANN, Asked(new_id(), f"late/{version}", "champion", verdicts[version]))
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert set(seen) == {1, 2}
    events = workspace.registry.promotion_of(ANN, "late/2")
    assert events is not None
    assert (events.version, events.previous) == (2, 1)


def test_what_no_verdict_let_pass_is_not_registered(released: Released) -> None:
    workspace, outcome, candidate = released
    refused = replace(outcome.verdict, passed=False)
    with pytest.raises(ConflictError, match="refused the candidate"):
        workspace.registry.register(ANN, candidate, refused)
    with pytest.raises(ConflictError, match="judged another package"):
        workspace.registry.register(ANN, replace(candidate, package_digest="0" * 64), outcome.verdict)
    before = workspace.registry.list_versions(ANN, "late")
    assert workspace.registry.register(ANN, candidate, outcome.verdict).version == 2
    assert workspace.registry.list_versions(ANN, "late") == before


def test_a_package_whose_bytes_were_changed_comes_in_by_no_door(released: Released) -> None:
    workspace = released[0]
    version = workspace.registry.get(ANN, "late/1")
    digest = version.files["model.txt"]
    blob = workspace.home / "blobs" / digest[:2] / digest[2:]
    content = blob.read_bytes()
    blob.chmod(0o600)
    blob.write_bytes(content.replace(b"tree", b"free", 1))
    try:
        doors: list[Callable[[], object]] = [
            lambda: workspace.registry.load_package(version),
            lambda: workspace.promotions.promote(ANN, version.reference),
            lambda: workspace.deployments.deploy(ANN, "late", version.reference),
            lambda: workspace.promotions.roll_back(ANN, "late"),
        ]
        before = workspace.deployments.list_revisions(ANN, "late")
        stands = workspace.registry.get(ANN, "late@champion").reference
        for door in doors:
            with pytest.raises(DamagedError, match=digest[:12]):
                door()
        assert workspace.deployments.list_revisions(ANN, "late") == before, "nothing is recorded of what is damaged"
        assert workspace.registry.get(ANN, "late@champion").reference == stands
    finally:
        blob.write_bytes(content)
    assert workspace.registry.load_package(version).digest == version.package_digest


def test_a_candidate_is_kept_whole(released: Released) -> None:
    workspace, outcome, candidate = released
    assert outcome.version is not None
    report = workspace.registry.load_report(outcome.version)
    assert report.metrics["auc"].low < report.metrics["auc"].value < report.metrics["auc"].high
    assert set(candidate.files) >= {"model.txt", "model.onnx", "signature.json", "parity.json"}
    assert [column["name"] for column in candidate.serving["request"]] == ["depot", "weight"]
    assert candidate.serving["views"][0]["columns"] == ["n_sent"]
    assert Candidate.__dataclass_fields__.keys() >= {"package", "report", "serving", "holdout"}


@pytest.mark.parametrize(
    "text", ["", "late", "late/", "/1", "late/x", "late@", "late/-1", "late/1.0", "late/" + "9" * 20]
)
def test_what_names_no_version_is_said_to(text: str) -> None:
    with pytest.raises(UsageError, match="write delay/3 or delay@champion"):
        ModelReference.parse(text)
