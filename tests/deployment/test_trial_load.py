"""What would hurt the process that loads it is found in another, and refused in one line."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.models.flights import classifier, flights
from tests.small_project import ANN, open_project, release, write_project
from tidemill.core import UnavailableError
from tidemill.deployment import Offer
from tidemill.deployment.trial_load import TrialLimits, try_loading
from tidemill.models import ONNX_FILE, ModelPackage, ParityReport, package_model
from tidemill.models.package import PARITY_FILE
from tidemill.registry import CandidateCodec, StoredCandidate

N_INPUTS = len(flights().columns)


@pytest.fixture(scope="module")
def package() -> ModelPackage:
    """A sound package."""
    return package_model(classifier(), flights(), flights())


def with_onnx(package: ModelPackage, graph: bytes) -> ModelPackage:
    """The package with another compiled model in it."""
    return ModelPackage({**package.files, ONNX_FILE: graph})


def native(package: ModelPackage, text: bytes) -> ModelPackage:
    """The package with another native model in it, and none compiled."""
    files = {name: data for name, data in package.files.items() if name != ONNX_FILE}
    uncompiled = ParityReport(passed=False, reason="not compiled").to_json()
    return ModelPackage({**files, "model.txt": text, PARITY_FILE: uncompiled})


def graph(nodes: list[Any], constants: dict[str, Any]) -> bytes:
    """An ONNX model of the package's inputs."""
    inputs = [helper.make_tensor_value_info("features", TensorProto.DOUBLE, ["n", N_INPUTS])]
    outputs = [helper.make_tensor_value_info("value", TensorProto.DOUBLE, None)]
    held = [numpy_helper.from_array(np.array(value), name) for name, value in constants.items()]
    made = helper.make_graph(nodes, "graph", inputs, outputs, initializer=held)
    data: bytes = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString()
    return data


def endless() -> bytes:
    """A model that is never done."""
    value = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Sin", ["v"], ["w"])],
        "body",
        [value("i", TensorProto.INT64, []), value("go", TensorProto.BOOL, []), value("v", TensorProto.DOUBLE, None)],
        [value("go_on", TensorProto.BOOL, []), value("w", TensorProto.DOUBLE, None)],
    )
    return graph([helper.make_node("Loop", ["n", "yes", "features"], ["value"], body=body)], {"n": 10**12, "yes": True})


def hungry() -> bytes:
    """A model that asks for 16 GiB."""
    nodes = [
        helper.make_node("ConstantOfShape", ["size"], ["big"]),
        helper.make_node("ReduceSum", ["big"], ["sum"], keepdims=0),
        helper.make_node("Cast", ["sum"], ["wide"], to=TensorProto.DOUBLE),
        helper.make_node("Add", ["features", "wide"], ["value"]),
    ]
    return graph(nodes, {"size": [2**32]})


def test_a_sound_model_loads_and_answers_compiled_and_native(package: ModelPackage) -> None:
    for each in (package, native(package, package.files["model.txt"])):
        check = try_loading(each, flights())
        assert check.passed, check.sentence
        assert check.rule.kind == "loads"
        assert check.sentence == "the model loads in a process of its own and answers 50 example rows as here"


def test_a_file_that_crashes_its_library_crashes_the_child(package: ModelPackage) -> None:
    # Found by damaging files at random: LightGBM's own reader makes room for that many trees and dies.
    text = package.files["model.txt"].replace(b"num_tree_per_iteration=1\n", b"num_tree_per_iteration=2147483647\n")
    check = try_loading(native(package, text), flights())
    assert not check.passed
    assert "it ended the process by SIG" in check.sentence
    assert "loading, within 30 s and 2.0 GiB" in check.sentence
    assert "\n" not in check.sentence


def test_a_cut_file_is_refused_with_its_reason(package: ModelPackage) -> None:
    whole = package.files[ONNX_FILE]
    check = try_loading(with_onnx(package, whole[: len(whole) // 2]), flights())
    assert not check.passed
    assert "does not pass its trial in a process of its own: model.onnx does not load" in check.sentence


def test_an_endless_model_is_ended(package: ModelPackage) -> None:
    began = time.monotonic()
    check = try_loading(with_onnx(package, endless()), flights(), TrialLimits(seconds=2))
    assert not check.passed
    assert check.sentence.endswith("it was not done loading after 2 s")
    assert time.monotonic() - began < 30


def test_a_model_that_asks_for_all_memory_gets_none(package: ModelPackage) -> None:
    check = try_loading(with_onnx(package, hungry()), flights())
    assert not check.passed
    assert "bad_alloc" in check.sentence or "memory" in check.sentence


def test_a_model_that_answers_by_chance_is_refused(package: ModelPackage) -> None:
    nodes = [
        helper.make_node("RandomUniformLike", ["features"], ["noise"], dtype=TensorProto.DOUBLE),
        helper.make_node("ReduceMean", ["noise", "axes"], ["value"], keepdims=1),
    ]
    check = try_loading(with_onnx(package, graph(nodes, {"axes": [1]})), flights())
    assert not check.passed
    pattern = r"(\d+) of 50 answers differ from those of this process, the first 0\.\d+ and 0\.\d+"
    found = re.search(pattern, check.sentence)
    assert found, check.sentence
    assert int(found[1]) >= 40


def test_a_model_that_gives_no_number_is_refused(package: ModelPackage) -> None:
    nodes = [
        helper.make_node("Sub", ["features", "endless"], ["low"]),
        helper.make_node("Sqrt", ["low"], ["none"]),
        helper.make_node("ReduceMax", ["none", "axes"], ["value"], keepdims=1),
    ]
    check = try_loading(with_onnx(package, graph(nodes, {"axes": [1], "endless": float("inf")})), flights())
    assert not check.passed
    assert "50 of 50 answers are no finite number" in check.sentence


def test_a_format_that_the_data_plane_does_not_know_is_refused(package: ModelPackage) -> None:
    files = dict(native(package, package.files["model.txt"]).files)
    files["signature.json"] = files["signature.json"].replace(b'"flavour":"lightgbm"', b'"flavour":"homemade"')
    check = try_loading(ModelPackage(files), flights())
    assert not check.passed
    assert "'homemade'" in check.sentence
    assert "\n" not in check.sentence


def test_a_process_that_cannot_be_started_judges_nothing(
    package: ModelPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(UnavailableError, match="a trial of the candidate cannot be started"):
        try_loading(package, flights())


def test_rows_that_the_model_does_not_take_are_told(package: ModelPackage) -> None:
    check = try_loading(package, flights().drop("carrier"))
    assert not check.passed
    assert "Column 'carrier' is missing" in check.sentence


def test_a_refused_candidate_leaves_the_champion_in_place(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, released = release(tmp_path)
    sound = released.run.result
    text = sound.package.files["model.txt"].replace(
        b"num_tree_per_iteration=1\n", b"num_tree_per_iteration=2147483647\n"
    )
    damaged = replace(sound, package=native(sound.package, text))
    codec = CandidateCodec()
    manifest = codec.encode(damaged, workspace.blobs)
    stored = StoredCandidate(
        released.run.run_id,
        manifest["package_digest"],
        manifest["files"],
        manifest["report"]["blob"],
        manifest["serving"],
    )
    _, project = open_project(tmp_path)
    came = workspace.deployments.release(
        ANN, Offer(project.endpoints["late"], replace(released.run, result=damaged), stored)
    )
    assert not came.judged.passed
    assert came.version is None
    # It met no champion, since this process does not load it.
    assert [check.rule.kind for check in came.judged.checks] == ["at_least", "loads"]
    assert came.judged.sentence.startswith("refused: the model does not pass its trial in a process of its own: ")
    assert workspace.registry.get(ANN, "late@champion").reference == "late/1"
    assert workspace.deployments.list_revisions(ANN, "late")[0].reference == "late/1"
    workspace.database.close()
