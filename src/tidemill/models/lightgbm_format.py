"""LightGBM models: kept as LightGBM's own text, compiled to an ONNX tree ensemble."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidemill.core import DamagedError, UnavailableError, UsageError, did_you_mean
from tidemill.models.errors import NotCompilableError, UnsupportedModelError
from tidemill.models.lightgbm_text import LightGBMText, parse_lightgbm_text
from tidemill.models.model_format import CompiledModel, NativeScore
from tidemill.models.signature import Column, Kind, Signature, Task
from tidemill.models.tree_onnx import Link, write_trees

TEXT_FILE = "model.txt"
PROBABILITY_OBJECTIVES = {"binary", "cross_entropy", "xentropy"}
LINKS: dict[str, Link] = {
    **dict.fromkeys(PROBABILITY_OBJECTIVES, "logistic"),
    **dict.fromkeys(("regression", "regression_l1", "huber", "fair", "quantile", "mape"), "identity"),
    **dict.fromkeys(("poisson", "gamma", "tweedie"), "exp"),
}


class LightGBMFormat:
    """LGBMClassifier (two classes), LGBMRegressor, or a Booster of the same, as text and ONNX."""

    name = "lightgbm"

    def accepts(self, model: object) -> bool:
        """Say whether the object is a LightGBM model."""
        ancestors = {f"{cls.__module__.partition('.')[0]}.{cls.__name__}" for cls in type(model).__mro__}
        return not ancestors.isdisjoint({"lightgbm.Booster", "lightgbm.LGBMModel"})

    def save(self, model: Any) -> dict[str, bytes]:
        """Return ``model.txt``. Raises UnsupportedModelError for an untrained, ranking or many-class model."""
        booster = _booster(model)
        data = booster.model_to_string().encode()
        text = parse_lightgbm_text(data)
        if text.n_outputs > 1:
            raise UnsupportedModelError(
                f"A LightGBM model with {text.n_outputs} classes cannot be packaged yet: "
                f"two classes and regression are supported."
            )
        if text.objective[:1] in (["lambdarank"], ["rank_xendcg"]):
            raise UnsupportedModelError(
                f"A LightGBM model with the objective {text.objective[0]!r} cannot be packaged: "
                f"two classes and regression are supported."
            )
        return {TEXT_FILE: data}

    def restore(self, files: Mapping[str, bytes]) -> object:
        """Return a Booster. The file is checked before LightGBM sees it. Raises DamagedError."""
        data = _file(files)
        parse_lightgbm_text(data)
        return _read(data)

    def describe(self, files: Mapping[str, bytes], columns: Mapping[str, Kind]) -> Signature:
        """Return the signature: names and order from the model, kinds from the training columns."""
        text = parse_lightgbm_text(files[TEXT_FILE])
        names = _match_names(text, list(columns))
        categories = [name for name in names if columns[name] == "category"]
        if len(categories) != len(text.categories):
            raise UsageError(
                f"The model was trained with {len(text.categories)} category columns and the training rows have "
                f"{len(categories)} text columns ({', '.join(categories) or 'none'}): give the rows it was "
                f"trained on, text columns as pandas categories."
            )
        levels = dict(zip(categories, text.categories, strict=True))
        inputs = tuple(Column(name, columns[name], tuple(map(str, levels.get(name, ())))) for name in names)
        task: Task = "binary" if _is_probability(text) else "regression"
        return Signature(inputs, task, "probability" if task == "binary" else "value", self.name)

    def load(self, files: Mapping[str, bytes], signature: Signature) -> NativeScore:
        """Return LightGBM's own predictions, one thread. The file is checked before LightGBM sees it."""
        data = _file(files)
        text = parse_lightgbm_text(data)
        if len(text.feature_names) != len(signature.inputs):
            raise DamagedError(
                f"model.txt takes {len(text.feature_names)} columns and signature.json names "
                f"{len(signature.inputs)}: restore the model package from its source."
            )
        booster = _read(data)

        def score(matrix: NDArray[Any]) -> NDArray[np.float64]:
            if not len(matrix):
                return np.zeros(0)
            return np.asarray(booster.predict(matrix, num_threads=1), dtype=np.float64)

        return score

    def compile(self, files: Mapping[str, bytes], signature: Signature) -> CompiledModel:
        """Return the trees as ONNX. Raises NotCompilableError for what ONNX cannot say."""
        text = parse_lightgbm_text(_file(files))
        link, scale = _link(text)
        if any(tree.is_linear for tree in text.trees):
            raise NotCompilableError("its leaves are linear models (linear_tree)")
        for j in sorted({int(j) for tree in text.trees for j in tree.features[tree.is_category]}):
            if signature.inputs[j].kind != "category":
                raise NotCompilableError(f"it splits the number column {signature.inputs[j].name!r} by level")
        if "average_output" in text.flags:
            scale /= max(1, len(text.trees))
        onnx = write_trees(text.trees, len(signature.inputs), link, scale)
        return CompiledModel(onnx, _splits(text))


def warm_up() -> None:
    """Import LightGBM when it is installed, which takes a second: for a process that has nothing else to do yet."""
    with suppress(UnavailableError):
        _lightgbm()


def _booster(model: Any) -> Any:
    if not hasattr(model, "booster_") and not hasattr(model, "model_to_string"):
        raise UnsupportedModelError(f"The {type(model).__name__} is not trained: call fit before packaging it.")
    return model if hasattr(model, "model_to_string") else model.booster_


def _read(data: bytes) -> Any:
    lightgbm = _lightgbm()
    try:
        return lightgbm.Booster(model_str=data.decode())
    except lightgbm.basic.LightGBMError as error:
        raise DamagedError(f"model.txt does not load ({error}): package the model again.") from error


def _match_names(text: LightGBMText, given: list[str]) -> list[str]:
    """Return the given names in the model's order; LightGBM writes a space as an underscore."""
    by_written = {name.replace(" ", "_"): name for name in given}
    if set(text.feature_names) == {f"Column_{i}" for i in range(len(given))}:
        return given  # trained on a matrix without names: by position
    for name in text.feature_names:
        if name not in by_written:
            raise UsageError(
                f"The model takes the column {name!r}, which is not among the training columns."
                f"{did_you_mean(name, given)} Give the rows it was trained on: {', '.join(given)}."
            )
    return [by_written[name] for name in text.feature_names]


def _is_probability(text: LightGBMText) -> bool:
    return bool(text.objective) and text.objective[0] in PROBABILITY_OBJECTIVES


def _link(text: LightGBMText) -> tuple[Link, float]:
    name = text.objective[0] if text.objective else "custom"
    if name not in LINKS or "sqrt" in text.objective:
        raise NotCompilableError(f"its objective is {' '.join(text.objective) or 'custom'!r}")
    sigmoid = next((float(s[8:]) for s in text.objective if s.startswith("sigmoid:")), 1.0)
    return LINKS[name], sigmoid


def _splits(text: LightGBMText) -> dict[int, list[float]]:
    splits: dict[int, list[float]] = {}
    for tree in text.trees:
        for feature, threshold in zip(
            tree.features[~tree.is_category].tolist(), tree.thresholds[~tree.is_category].tolist(), strict=True
        ):
            splits.setdefault(feature, []).append(threshold)
    return splits


def _file(files: Mapping[str, bytes]) -> bytes:
    if TEXT_FILE not in files:
        raise DamagedError(
            f"The model package lacks {TEXT_FILE!r} and holds {', '.join(sorted(files)) or 'nothing'}: "
            f"restore the model package from its source or package the model again."
        )
    return files[TEXT_FILE]


def _lightgbm() -> Any:
    try:
        import lightgbm
    except ModuleNotFoundError as error:
        raise UnavailableError(
            "Answering with a native LightGBM model needs the package lightgbm: pip install 'tidemill[lightgbm]'"
        ) from error
    return lightgbm
