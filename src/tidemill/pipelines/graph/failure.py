"""What a caught error becomes, and how it is kept; answers of people are kept likewise."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from tidemill.pipelines.graph.approvals import Approval
from tidemill.storage import BlobStore


@dataclass(frozen=True)
class Failure:
    """The result of a step whose error was caught: the name of the error's class, and what it said. It is false."""

    kind: str
    message: str

    def __bool__(self) -> bool:
        """Be false, so that `tm.when` and `if` tell it from a result."""
        return False

    def summary(self) -> str:
        """Say it in words."""
        return f"{self.kind}: {self.message}"


class _FieldsCodec:
    name: str
    _kind: type[Any]

    def accepts(self, value: object) -> bool:
        """Take values of the one class."""
        return type(value) is self._kind

    def encode(self, value: Any, blobs: BlobStore) -> dict[str, Any]:
        """Store the fields as JSON."""
        return {"blob": blobs.put(json.dumps(asdict(value), ensure_ascii=False).encode("utf-8", "backslashreplace"))}

    def decode(self, manifest: dict[str, Any], blobs: BlobStore) -> Any:
        """Read them back."""
        return self._kind(**json.loads(blobs.get(manifest["blob"])))


class FailureCodec(_FieldsCodec):
    """Caught errors."""

    name = "failure"
    _kind = Failure


class ApprovalCodec(_FieldsCodec):
    """Answers of people."""

    name = "approval"
    _kind = Approval
