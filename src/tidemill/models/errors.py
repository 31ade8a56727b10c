"""Errors of the models room."""

from __future__ import annotations

from tidemill.core import TidemillError, UsageError


class UnsupportedModelError(UsageError):
    """No model format takes this object, or the format cannot carry this kind of model."""

    code = "unsupported_model"


class NotCompilableError(TidemillError):
    """A model can be kept in its native form, and not be compiled to ONNX; the message says why."""

    code = "not_compilable"
