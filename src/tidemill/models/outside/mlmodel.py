"""An MLmodel file: the flavours in which a folder holds a model, what it takes, and which flavour can be served."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tidemill.core import DamagedError, UsageError
from tidemill.models.errors import UnsupportedModelError
from tidemill.models.outside.plain_yaml import read_plain_yaml

MLMODEL_FILE = "MLmodel"
ONNX, LIGHTGBM, SKLEARN = "onnx", "lightgbm", "sklearn"
SKOPS = "skops"
_BOOSTER = "lightgbm.basic.Booster"
#: Of the types of a signature those that a request brings as text; the others are numbers.
_TEXT = {"string", "binary"}
_NUMBERS = {"boolean", "integer", "long", "float", "double"}


@dataclass(frozen=True)
class GivenColumn:
    """One input or output as its signature tells it: a type of MLflow's, such as ``double``, ``string``, ``tensor``."""

    name: str
    type: str
    required: bool = True

    @property
    def is_text(self) -> bool:
        """Tell whether its values are text."""
        return self.type in _TEXT


@dataclass(frozen=True)
class MLmodel:
    """What an MLmodel file tells."""

    flavors: dict[str, dict[str, Any]]
    inputs: tuple[GivenColumn, ...] = ()
    outputs: tuple[GivenColumn, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """Return what a registered version keeps of it, as JSON values."""
        signature = {
            name: [{"name": each.name, "type": each.type, "required": each.required} for each in columns]
            for name, columns in (("inputs", self.inputs), ("outputs", self.outputs))
        }
        return {"flavors": sorted(self.flavors), "signature": signature if self.inputs or self.outputs else None}

    def servable(self) -> tuple[str, str]:
        """Return the flavour that can be served, and its file. Raises UnsupportedModelError that says what to log."""
        onnx, booster, estimator = (self.flavors.get(name) for name in (ONNX, LIGHTGBM, SKLEARN))
        if onnx is not None:
            return ONNX, _file_of(onnx, "data")
        if booster is not None and booster.get("model_class") == _BOOSTER:
            return LIGHTGBM, _file_of(booster, "data")
        if estimator is not None and estimator.get("serialization_format") == SKOPS:
            return SKLEARN, _file_of(estimator, "pickled_model")
        raise UnsupportedModelError(_why_not(self.flavors))


def read_mlmodel(data: bytes) -> MLmodel:
    """Read an MLmodel file. Raises DamagedError for what is none.

    >>> read_mlmodel(b"flavors:\\n  onnx:\\n    data: model.onnx\\n").servable()
    ('onnx', 'model.onnx')
    """
    found = read_plain_yaml(data)
    flavors = found.get("flavors")
    if not isinstance(flavors, dict) or not all(isinstance(each, dict) for each in flavors.values()):
        raise DamagedError("the MLmodel file names no flavours; log the model again")
    signature = found.get("signature") or {}
    return MLmodel(
        flavors={str(name): dict(settings) for name, settings in flavors.items()},
        inputs=_columns(signature.get("inputs") if isinstance(signature, dict) else None),
        outputs=_columns(signature.get("outputs") if isinstance(signature, dict) else None),
    )


def _columns(text: object) -> tuple[GivenColumn, ...]:
    if not isinstance(text, str):
        return ()
    try:
        entries = json.loads(text)
        return tuple(_column(entry, at) for at, entry in enumerate(entries))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedError(
            f"the signature in the MLmodel file cannot be read ({error}); log the model again"
        ) from error


def _column(entry: dict[str, Any], at: int) -> GivenColumn:
    kind = str(entry.get("type", ""))
    shown = kind if kind in _TEXT | _NUMBERS else kind[:20] or "any"
    return GivenColumn(str(entry.get("name") or f"input_{at}"), shown, bool(entry.get("required", True)))


def _file_of(settings: dict[str, Any], key: str) -> str:
    name = settings.get(key)
    if not isinstance(name, str) or not name or name.startswith("/") or "\\" in name or ".." in name.split("/"):
        raise UsageError(f"the MLmodel file names {name!r} as its model file, which is no file of its folder")
    return name


def _why_not(flavors: dict[str, dict[str, Any]]) -> str:
    if LIGHTGBM in flavors:
        return (
            "it is a LightGBM estimator kept as a pickle or by skops, which is not loaded here; log its booster: "
            "mlflow.lightgbm.log_model(model.booster_, ...), or tidemill.log_model(model, ...)"
        )
    if SKLEARN in flavors:
        return (
            "it is a scikit-learn model kept as a pickle, which is never loaded here; log it with "
            "serialization_format='skops', as ONNX, or by tidemill.log_model(model, ...)"
        )
    names = ", ".join(sorted(flavors)) or "none"
    return (
        f"its flavours are {names}; served are onnx, a LightGBM booster and scikit-learn kept by skops: "
        "log it with mlflow.onnx.log_model(...)"
    )
