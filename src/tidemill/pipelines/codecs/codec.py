"""Codecs: how a step's output is kept between runs, in open formats. Nothing is ever pickled.

A value that no codec takes stays in memory: its step is neither cached nor resumable, and one line says so.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import polars as pl

from tidemill.core import DamagedError, digest_bytes, digest_json
from tidemill.features import TrainingSet
from tidemill.models import ModelFormat, UnsupportedModelError
from tidemill.pipelines.codecs.counted_blobs import CountedBlobs
from tidemill.pipelines.codecs.npy import array_of
from tidemill.pipelines.codecs.path_codec import PathCodec
from tidemill.pipelines.codecs.table_codecs import ArrowCodec, PandasCodec, SeriesCodec
from tidemill.pipelines.codecs.value_codec import ValueCodec
from tidemill.plugins import Hook, Implementations
from tidemill.storage import BlobStore


@runtime_checkable
class Codec(Protocol):
    """Keeps values of some types as blobs. No state; may be called from several threads."""

    name: str

    def accepts(self, value: object) -> bool:
        """Tell whether this codec keeps the value without loss."""
        ...

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store the value and return a JSON description from which `decode` finds it again."""
        ...

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Return the value. Raises NotFoundError, DamagedError."""
        ...


#: Of JSON in the records, in bytes.
MOST_INLINE = 4096
CODECS: Hook[Codec] = Hook("codecs", Codec, "codec")


@dataclass(frozen=True)
class Output:
    """A step's output as kept: `digest` stands for its content, `summary` is for people.

    size_bytes: what was stored for it; None for outputs of versions that did not count.
    """

    name: str
    codec: str
    digest: str
    manifest: dict[str, Any]
    summary: str
    size_bytes: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the output as JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


class Codecs:
    """The codecs of a workspace: the first that accepts a value keeps it.

    own_folders: where the store and what comes along with it lie; reading there is no reading from outside.
    inline: keep small JSON in the records, which is not for encrypted stores: what steps returned is not sealed there.
    """

    def __init__(
        self,
        implementations: Implementations[Codec],
        blobs: BlobStore,
        *,
        inline: bool = False,
        own_folders: Sequence[Path] = (),
    ) -> None:
        self._codecs = implementations
        self._blobs = blobs
        self._inline = inline
        self.own_folders = tuple(own_folders)

    @property
    def blobs(self) -> BlobStore:
        """The store that the codecs keep their blobs in."""
        return self._blobs

    def encode(self, name: str, value: Any) -> Output | None:
        """Keep a value and return where, or None when no codec takes it."""
        for codec in self._codecs:
            if codec.accepts(value):
                # By what the blob would be: a store that keeps all in blobs has the same digests.
                counted = CountedBlobs(self._blobs)
                manifest = self._small(value) if codec.name == JsonCodec.name else None
                as_blob = {"blob": digest_bytes(manifest["inline"].encode())} if manifest else None
                size = len(manifest["inline"]) if manifest else 0
                manifest = manifest or codec.encode(value, counted)
                digest = manifest.get("content") or digest_json({"codec": codec.name, "manifest": as_blob or manifest})
                return Output(name, codec.name, digest, manifest, _summary(value), counted.n_bytes or size)
        return None

    def _small(self, value: Any) -> dict[str, Any] | None:
        """Return a manifest that holds a small value itself, which saves a file; None for a large one."""
        if not self._inline:
            return None
        text = _json_text(value)
        return {"inline": text} if text.isascii() and len(text) <= MOST_INLINE else None

    def decode(self, output: Output) -> Any:
        """Return a kept value. Raises NotFoundError, DamagedError."""
        return self._codecs.get(output.codec).decode(output.manifest, self._blobs)

    def present(self, output: Output) -> bool:
        """Tell whether every blob of an output is in the store, without reading it."""
        return all(self._blobs.has(digest) for digest in _blob_digests(output.manifest))


def _blob_digests(manifest: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for key, value in manifest.items():
        if key == "blob":
            found.append(value)
        elif key == "files":
            found.extend(value.values())
        elif isinstance(value, dict):
            found.extend(_blob_digests(value))
    return found


def _summary(value: Any) -> str:
    if isinstance(value, pl.DataFrame):
        return f"{value.height:,} rows x {value.width} columns"
    if isinstance(value, TrainingSet):
        return f"{len(value):,} rows x {len(value.inputs)} inputs"
    if isinstance(value, np.ndarray):
        return f"array of shape {'x'.join(str(size) for size in value.shape)}"
    if isinstance(value, str | int | float | bool | None):
        return repr(value)[:60]
    if isinstance(value, dict) and _is_json(value):
        return ", ".join(f"{key}={item!r}" for key, item in value.items())[:60] or "{}"
    summary = getattr(value, "summary", None)
    return summary() if callable(summary) else type(value).__name__


class JsonCodec:
    """Text, numbers, booleans, None, and lists and string-keyed dictionaries of them."""

    name = "json"

    def accepts(self, value: object) -> bool:
        """Take what JSON gives back as it was: no tuples, no NaN, no keys but text."""
        return _is_json(value)

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store JSON; the order of keys is kept, since a program may depend on it."""
        return {"blob": blobs.put(_json_text(value).encode("utf-8", "surrogatepass"))}

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Read it back."""
        return json.loads(manifest["inline"] if "inline" in manifest else blobs.get(manifest["blob"]))


class BytesCodec:
    """Bytes as they are."""

    name = "bytes"

    def accepts(self, value: object) -> bool:
        """Take bytes."""
        return isinstance(value, bytes)

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store the bytes."""
        return {"blob": blobs.put(value)}

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Read them back."""
        return blobs.get(manifest["blob"])


class FrameCodec:
    """Polars data frames as Parquet."""

    name = "frame"

    def accepts(self, value: object) -> bool:
        """Take data frames without Python objects in them."""
        return isinstance(value, pl.DataFrame) and not any(dtype == pl.Object for dtype in value.dtypes)

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store Parquet."""
        return {"blob": blobs.put(_to_parquet(value))}

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Read Parquet."""
        return _from_parquet(blobs.get(manifest["blob"]))


class ArrayCodec:
    """NumPy arrays of numbers, booleans, text and instants, as npy."""

    name = "array"

    def accepts(self, value: object) -> bool:
        """Take arrays without Python objects in them."""
        return type(value) is np.ndarray and not value.dtype.hasobject

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store npy."""
        buffer = io.BytesIO()
        np.save(buffer, value, allow_pickle=False)
        return {"blob": blobs.put(buffer.getvalue())}

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Read npy; an array of objects is refused, since reading it would unpickle. Raises DamagedError."""
        return array_of(blobs.get(manifest["blob"]))


class TrainingSetCodec:
    """Training sets: rows as Arrow, with what each column is for."""

    name = "training_set"

    def accepts(self, value: object) -> bool:
        """Take training sets."""
        return isinstance(value, TrainingSet)

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store the bytes; their content's digest stands for them, however Arrow has packed them."""
        return {"blob": blobs.put(value.to_bytes()), "content": value.content_digest()}

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Read them back."""
        return TrainingSet.from_bytes(blobs.get(manifest["blob"]))


class ModelCodec:
    """Trained models, in the native files of their format."""

    name = "model"

    def __init__(self, formats: Implementations[ModelFormat]) -> None:
        self._formats = formats

    def accepts(self, value: object) -> bool:
        """Take what some model format takes."""
        return any(format_.accepts(value) for format_ in self._formats)

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store the native files."""
        for format_ in self._formats:
            if format_.accepts(value):
                files = {name: blobs.put(data) for name, data in format_.save(value).items()}
                return {"format": format_.name, "files": files}
        raise UnsupportedModelError(f"no model format takes a {type(value).__name__}")

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Give the model back as its library's own object."""
        files = {name: blobs.get(digest) for name, digest in manifest["files"].items()}
        return self._formats.get(manifest["format"]).restore(files)


def built_in_codecs(formats: Implementations[ModelFormat], root: Path | None = None) -> dict[str, Codec]:
    """Return the codecs of the values that this room and the rooms below it know. root: the project's folder."""
    codecs: list[Codec] = [
        TrainingSetCodec(),
        FrameCodec(),
        ArrayCodec(),
        BytesCodec(),
        JsonCodec(),
        ModelCodec(formats),
        SeriesCodec(),
        ArrowCodec(),
        PandasCodec(),
        PathCodec(),
    ]
    codecs.append(ValueCodec((root or Path()).resolve(), codecs))
    return {codec.name: codec for codec in codecs}


def _json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _is_json(value: object) -> bool:
    if isinstance(value, dict):
        return all(type(key) is str and _is_json(item) for key, item in value.items())
    if type(value) is list:
        return all(_is_json(item) for item in value)
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) in {str, int, bool}


def _to_parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=1)
    return buffer.getvalue()


def _from_parquet(data: bytes) -> pl.DataFrame:
    try:
        return pl.read_parquet(io.BytesIO(data))
    except pl.exceptions.PolarsError as error:
        raise DamagedError(f"a stored table cannot be read ({error}); run the pipeline with --no-cache") from error
