"""A look at what a step returned: enough to know it by, never the whole of something large."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.pipelines.projects import ANN, Sandbox
from tidemill.core import NotFoundError
from tidemill.pipelines import Output, OutputPreview
from tidemill.pipelines.preview import MOST_BYTES, preview_output
from tidemill.storage import BlobStore

PROJECT = """
import numpy as np
import polars as pl
import tidemill as tm

@tm.step(outputs=["table", "numbers", "text", "facts"])
def make(n: int):
    table = pl.DataFrame({"n": list(range(n)), "word": ["w" * 300] * n})
    return table, np.array([[1.0, 2.0], [np.nan, 5.0]]), "long " * 5000, {"auc": 0.8}

@tm.step
def odd() -> bytes:
    return bytes(range(256))

@tm.pipeline
def made(n: int = 1000):
    table, numbers, text, facts = make(n)
    return odd()
"""


@pytest.fixture
def run_id(sandbox: Sandbox) -> str:
    sandbox.write(PROJECT)
    return sandbox.run().run_id


def look(sandbox: Sandbox, run_id: str, output: str, position: int = 0) -> OutputPreview:
    return sandbox.workspace.run_records.preview(ANN, run_id, position, output)


def test_a_table_shows_its_first_rows_and_how_many_there_are(sandbox: Sandbox, run_id: str) -> None:
    found = look(sandbox, run_id, "table")
    assert (found.kind, found.n_rows, len(found.rows), found.cut) == ("table", 1000, 20, True)
    assert [(column.name, column.type) for column in found.columns] == [("n", "Int64"), ("word", "String")]
    assert found.rows[3][0] == 3
    assert len(found.rows[3][1]) == 200
    assert found.size_bytes is not None
    assert found.size_bytes > 0


def test_an_array_shows_its_shape_and_what_its_numbers_are_like(sandbox: Sandbox, run_id: str) -> None:
    found = look(sandbox, run_id, "numbers")
    assert found.kind == "array"
    assert found.facts == {
        "shape": [2, 2], "type": "float64", "n_missing": 1, "least": 1.0, "mean": pytest.approx(8 / 3), "most": 5.0,
    }  # fmt: skip
    assert json.loads(found.text) == [1.0, 2.0, "nan", 5.0]


def test_text_and_json_show_their_head(sandbox: Sandbox, run_id: str) -> None:
    text, facts = look(sandbox, run_id, "text"), look(sandbox, run_id, "facts")
    assert (text.kind, len(text.text), text.cut) == ("text", 4096, True)
    assert (facts.kind, json.loads(facts.text), facts.cut) == ("json", {"auc": 0.8}, False)


def test_bytes_that_are_no_text_are_shown_as_numbers(sandbox: Sandbox, run_id: str) -> None:
    assert look(sandbox, run_id, "result", 1).text.startswith("00 01 02 03")


def test_what_is_not_there_is_told(sandbox: Sandbox, run_id: str) -> None:
    with pytest.raises(NotFoundError, match="has no step at position 7; it has 2, from 0"):
        look(sandbox, run_id, "table", 7)
    with pytest.raises(NotFoundError, match="tabel"):
        look(sandbox, run_id, "tabel")
    (blob,) = [each["manifest"]["blob"] for each in sandbox.workspace.pipelines.steps(ANN, run_id)[1].outputs]
    sandbox.workspace.blobs.delete(blob)
    found = look(sandbox, run_id, "result", 1)
    assert (found.kind, found.note) == ("gone", "its content is not in the store any more; run it again")


def test_an_erased_output_says_so() -> None:
    nothing: Any = None
    found = preview_output(Output("rows", "frame", "d", {}, "erased"), nothing, nothing)
    assert (found.kind, found.note) == ("gone", "its content was erased")


def test_of_something_large_in_a_bucket_only_the_head_is_read(sandbox: Sandbox) -> None:
    class Far:
        """A store without local files, which counts what is read."""

        n_read = 0

        def __init__(self, blobs: BlobStore) -> None:
            self._blobs = blobs

        def open(self, digest: str) -> Any:
            return self._blobs.open(digest)

        def get(self, digest: str) -> bytes:
            raise AssertionError(f"{digest} is read whole")

    blobs = sandbox.workspace.blobs
    digest = blobs.put(b"head of it, " + b"x" * 100_000)
    far: Any = Far(blobs)
    nothing: Any = None
    for codec, kind in (("bytes", "text"), ("json", "text"), ("frame", "table"), ("unheard_of", "other")):
        output = Output("o", codec, digest, {"blob": digest}, "", MOST_BYTES + 1)
        found = preview_output(output, nothing, far)
        assert found.kind == kind
        assert found.text.startswith("head of it") or found.note


def test_a_damaged_output_is_told_and_nothing_is_raised(sandbox: Sandbox) -> None:
    digest = sandbox.workspace.blobs.put(b"no parquet")
    nothing: Any = None
    found = preview_output(Output("o", "frame", digest, {"blob": digest}, "", 10), nothing, sandbox.workspace.blobs)
    assert found.note.startswith("it cannot be shown: ")


def test_a_frame_keeps_its_size(sandbox: Sandbox, run_id: str) -> None:
    for step in sandbox.workspace.pipelines.steps(ANN, run_id):
        for output in step.outputs:
            manifest = output["manifest"]
            kept = manifest["inline"] if "inline" in manifest else sandbox.workspace.blobs.get(manifest["blob"])
            assert output["size_bytes"] == len(kept)
