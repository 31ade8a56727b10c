"""A model package: the files of one model, addressed by what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from tidemill.core import DamagedError, UsageError, digest_bytes, digest_json
from tidemill.models.parity import ParityReport
from tidemill.models.signature import Signature

SIGNATURE_FILE = "signature.json"
PARITY_FILE = "parity.json"
ONNX_FILE = "model.onnx"
#: Profiles of what the model learnt from and answered, for monitoring; packages made before there was one lack it.
REFERENCE_FILE = "reference.json"


@dataclass(frozen=True)
class ModelPackage:
    """The files of one model: native file, ``signature.json``, ``parity.json``, ``model.onnx`` if it agrees, and the
    ``reference.json`` that monitoring compares with.

    Immutable. Nothing in it is code, and nothing is ever unpickled.
    """

    files: Mapping[str, bytes]

    def __post_init__(self) -> None:
        for name in self.files:
            if not name or name.startswith(".") or "/" in name or "\\" in name or "\0" in name:
                raise UsageError(f"A model package cannot hold {name!r}: plain file names are allowed.")
        object.__setattr__(self, "files", MappingProxyType(dict(self.files)))

    @cached_property
    def file_digests(self) -> dict[str, str]:
        """The SHA-256 of each file as hex, by name."""
        return {name: digest_bytes(data) for name, data in sorted(self.files.items())}

    @cached_property
    def digest(self) -> str:
        """The digest of names and contents: equal packages have equal digests.

        >>> ModelPackage({"a": b"1", "b": b"2"}).digest == ModelPackage({"b": b"2", "a": b"1"}).digest
        True
        """
        return digest_json(self.file_digests)

    def verify(self, expected: str) -> ModelPackage:
        """Return the package when its digest is `expected`; call it before any parser sees the files.

        Raises DamagedError otherwise.
        """
        if self.digest != expected:
            raise DamagedError(
                f"The model package has the digest {self.digest[:12]} where {expected[:12]} was stored: its files "
                f"were changed. Restore them or deploy another version."
            )
        return self

    @cached_property
    def signature(self) -> Signature:
        """The model's signature. Raises DamagedError."""
        return Signature.from_json(self.file(SIGNATURE_FILE))

    @cached_property
    def parity(self) -> ParityReport:
        """What the comparison of compiled and native model found. Raises DamagedError."""
        return ParityReport.from_json(self.file(PARITY_FILE))

    def with_file(self, name: str, data: bytes) -> ModelPackage:
        """Return the package with one more file, or another one under a name."""
        return ModelPackage({**self.files, name: data})

    def file(self, name: str) -> bytes:
        """Return one file. Raises DamagedError when the package lacks it."""
        try:
            return self.files[name]
        except KeyError:
            raise DamagedError(
                f"The model package lacks {name!r} and holds {', '.join(sorted(self.files)) or 'nothing'}: "
                f"restore the model package from its source or package the model again."
            ) from None
