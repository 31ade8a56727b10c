"""Columns whose values are sealed in an encrypted store, and plain in any other: one list, one type.

The type asks the dialect, of which an engine has one, for the keys; so two stores opened in one process seal each with
its own. A sealed column can be neither compared nor sorted by: trying to raises. The value is bound to its column, not
to its row: an attacker who writes to the records could swap two values of one column unnoticed.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine

from tidemill.core import DamagedError
from tidemill.storage.encryption.ciphers import NONCE_BYTES, opened, siv, siv_opened
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.encryption.keyring import KEY_ID_BYTES
from tidemill.storage.records import Transaction

#: Of these, the ones that are looked for by their value: equal values are sealed alike, and show as equal.
FINDABLE = {
    "experiment_tag.value",
    "logged_model_param.value",
    "logged_model_tag.value",
    "model_tag.value",
    "model_version_tag.value",
    "run_param.value",
    "run_tag.value",
    "trace_metadata.value",
    "trace_tag.value",
}
#: Table by table, what people type in or what tells of rows, and is neither an id, a name, a number nor an instant.
SEALED_COLUMNS: dict[str, tuple[str, ...]] = {
    "bundle": ("manifest",),
    "bundle_deployment": ("override",),
    "dataset_check": ("results",),
    "endpoint": ("declared", "description"),
    "endpoint_revision": ("reason",),
    "erasure_secret": ("secret",),
    "experiment_tag": ("value",),
    "gate_evidence": ("record",),
    "gate_verdict": ("verdict",),
    "input_dataset": ("profile", "schema", "source"),
    "job": ("error", "payload", "result"),
    "logged_model_param": ("value",),
    "logged_model_tag": ("value",),
    "loop_progress": ("said",),
    "loop_turn": ("outcome", "reason"),
    "model": ("description",),
    "model_tag": ("value",),
    "model_version": ("description", "facts", "serving", "status_message"),
    "model_version_tag": ("value",),
    "monitoring_window": ("result",),
    "promotion_answer": ("note",),
    "promotion_policy": ("policy",),
    "promotion_request": ("impact", "note", "sentence"),
    "run": ("error",),
    "run_approval": ("note", "question"),
    "run_dataset": ("tags",),
    "run_param": ("value",),
    "run_tag": ("value",),
    "saved_view": ("fields", "query"),
    "step_element": ("note",),
    "step_log": ("text",),
    "step_run": ("key_parts", "note"),
    "trace": ("request", "response"),
    "trace_metadata": ("value",),
    "trace_tag": ("value",),
    "webhook": ("description", "secret", "url"),
    "webhook_delivery": ("body", "error"),
}
_MARK = "tmseal1:"
_FINDABLE_MARK = "tmfind1:"
_PURPOSE = "column"
_ATTRIBUTE = "tidemill_column_seal"


class ColumnSeal:
    """Seals the values of columns with a store's data keys. Thread-safe.

    A value is `tmseal1:` and the base64 of ``key id (8) | nonce (12) | ciphertext and tag``, AES-256-GCM with a random
    nonce; the column's name is authenticated with it. In a `FINDABLE` column it is `tmfind1:` and the base64 of AES-SIV
    under a key that is never rotated.
    """

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys

    def seal(self, column: str, text: str) -> str:
        """Return the sealed form of a text."""
        plain = text.encode("utf-8", "surrogatepass")
        if column in FINDABLE:
            return _FINDABLE_MARK + base64.b64encode(siv(self._keys.findable, plain, column.encode())).decode()
        id_, nonce = self._keys.current, secrets.token_bytes(NONCE_BYTES)
        cipher = self._keys.cipher(id_, b"", _PURPOSE)
        sealed = cipher.encrypt(nonce, plain, column.encode())
        return _MARK + base64.b64encode(bytes.fromhex(id_) + nonce + sealed).decode()

    def open(self, column: str, value: str) -> str:
        """Return the text of a sealed form. Raises DamagedError for any other."""
        what = f"a value of {column} in the records"
        mark = _FINDABLE_MARK if column in FINDABLE else _MARK
        if not value.startswith(mark):
            raise DamagedError(f"{what} is damaged: it is not sealed, and this store is encrypted; restore a copy")
        try:
            raw = base64.b64decode(value[len(mark) :], validate=True)
        except binascii.Error as error:
            raise DamagedError(f"{what} is damaged: it is no sealed value; restore a copy") from error
        if column in FINDABLE:
            return siv_opened(self._keys.findable, raw, column.encode(), what).decode("utf-8", "surrogatepass")
        nonce, sealed = raw[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES], raw[KEY_ID_BYTES + NONCE_BYTES :]
        cipher = self._keys.cipher(raw[:KEY_ID_BYTES].hex(), b"", _PURPOSE)
        return opened(cipher, nonce, sealed, column.encode(), what).decode("utf-8", "surrogatepass")


class Sealed(TypeDecorator[Any]):
    """A column of text or JSON that is sealed in an encrypted store.

    kind: the type it is stored as, the same in both. column: ``table.column``, one of `SEALED_COLUMNS`.
    """

    impl = sa.Text
    cache_ok = True

    class comparator_factory(TypeDecorator.Comparator[Any]):  # noqa: N801 - SQLAlchemy's name
        """Refuses to compare and to sort."""

        def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
            """Let only `IS NULL` pass, and equality where values can be found. Raises TypeError for all else."""
            if op in {operators.is_, operators.is_not} and isinstance(other[0], sa.sql.elements.Null | None):
                return super().operate(op, *other, **kwargs)
            kind = self.expr.type
            if op in {operators.eq, operators.ne} and isinstance(kind, Sealed) and kind.column in FINDABLE:
                return super().operate(op, *other, **kwargs)
            raise TypeError(f"{self.expr} is sealed in encrypted stores: it can be neither compared nor sorted by")

        def reverse_operate(self, op: Any, other: Any, **kwargs: Any) -> Any:
            """Raise TypeError."""
            return self.operate(op, other, **kwargs)

    def __init__(self, kind: TypeEngine[Any], column: str) -> None:
        super().__init__()
        table, _, name = column.partition(".")
        if name not in SEALED_COLUMNS.get(table, ()):
            raise ValueError(f"{column} is not in SEALED_COLUMNS")
        self.kind = kind
        self.impl = kind  # type: ignore[assignment]  # an instance, as its own constructor sets
        self.column = column

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        """Seal a value on its way in."""
        seal = _seal_of(dialect)
        if seal is None or value is None:
            return value
        text = json.dumps(value) if isinstance(self.kind, sa.JSON) else value
        return seal.seal(self.column, text)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        """Open a value on its way out."""
        seal = _seal_of(dialect)
        if seal is None or value is None:
            return value
        if not isinstance(value, str):
            raise DamagedError(f"a value of {self.column} in the records is not sealed; restore a copy")
        text = seal.open(self.column, value)
        return json.loads(text) if isinstance(self.kind, sa.JSON) else text


def use_seal(tx: Transaction, seal: ColumnSeal) -> None:
    """Let all statements of the transaction's engine seal and open with these keys."""
    setattr(tx._connection.dialect, _ATTRIBUTE, seal)


def seal_of(tx: Transaction) -> ColumnSeal | None:
    """Return what the transaction's engine seals with, None in a store that is not encrypted."""
    return _seal_of(tx._connection.dialect)


def _seal_of(dialect: sa.Dialect) -> ColumnSeal | None:
    seal: ColumnSeal | None = getattr(dialect, _ATTRIBUTE, None)
    return seal
