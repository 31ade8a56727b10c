"""LightGBM's text model file, read without LightGBM.

LightGBM's own reader ends the process on many damaged files (79 of 150 tried), so the file is read and checked here
first: sections, sizes, numbers, and every index of every tree. What this reader takes, LightGBM takes too.

Source: ``GBDT::SaveModelToString`` and ``Tree::ToString`` in LightGBM's ``gbdt_model_text.cpp`` and ``tree.cpp``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidemill.core import DamagedError

CATEGORICAL_BIT = 1
DEFAULT_LEFT_BIT = 2
MISSING_SHIFT = 2
MISSING_NONE, MISSING_ZERO, MISSING_NAN = 0, 1, 2
END_OF_TREES = b"end of trees\n"
CATEGORIES = b"\npandas_categorical:"


@dataclass(frozen=True)
class Tree:
    """One tree. Children: 0 and above are splits, below 0 is leaf ``~child``. The first split is the root.

    decisions: LightGBM's decision bits. thresholds: of a category split, the index of its level set.
    level_sets: the codes that go left, one tuple for each category split.
    """

    features: NDArray[np.int64]
    thresholds: NDArray[np.float64]
    decisions: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    leaf_values: NDArray[np.float64]
    level_sets: tuple[tuple[int, ...], ...]
    is_linear: bool

    @property
    def is_category(self) -> NDArray[np.bool_]:
        """Which splits ask for a level."""
        return (self.decisions & CATEGORICAL_BIT) > 0

    @property
    def missing_types(self) -> NDArray[np.int64]:
        """How each split treats what is missing: 0 as zero, 1 zeros are missing too, 2 NaN is missing."""
        return (self.decisions >> MISSING_SHIFT) & 3

    @property
    def default_left(self) -> NDArray[np.bool_]:
        """Whether what is missing goes left, for each split."""
        return (self.decisions & DEFAULT_LEFT_BIT) > 0


@dataclass(frozen=True)
class LightGBMText:
    """A parsed model file. header: lines with a value; flags: lines without one, such as ``average_output``."""

    header: dict[str, str]
    flags: frozenset[str]
    trees: tuple[Tree, ...]
    categories: list[list[Any]]

    @property
    def objective(self) -> list[str]:
        """The objective and its settings, such as ``["binary", "sigmoid:1"]``; empty for a custom one."""
        return self.header.get("objective", "").split()

    @property
    def n_outputs(self) -> int:
        """Outputs per row: above 1 for several classes."""
        return int(self.header["num_tree_per_iteration"])

    @property
    def feature_names(self) -> list[str]:
        """The input names, in order."""
        return self.header["feature_names"].split(" ")


@lru_cache(maxsize=2)  # saving, describing, loading and compiling a model each look at the same bytes
def parse_lightgbm_text(data: bytes) -> LightGBMText:
    """Read a model file; what it returns is not to be changed.

    Raises DamagedError when any part is missing, cut, or out of bounds."""
    try:
        return _parse(data)
    except (ValueError, KeyError, IndexError, OverflowError) as error:
        raise DamagedError(
            f"model.txt is not a whole LightGBM text model ({type(error).__name__}: {error}): "
            f"restore the model package from its source or package the model again."
        ) from error


def _parse(data: bytes) -> LightGBMText:
    data.decode()  # the whole of it is text
    head, found, _ = data.partition(b"\n\n")
    if not head.startswith(b"tree\n") or not found:
        raise ValueError("it does not begin with the word 'tree'")
    header = _fields(head.decode())
    sizes = [int(size) for size in header["tree_sizes"].split()]
    at = len(head) + 2
    n_features = int(header["max_feature_idx"]) + 1
    if not 0 < n_features == len(header["feature_names"].split(" ")) == len(header["feature_infos"].split(" ")):
        raise ValueError("feature names, infos and their number disagree")
    if min(sizes, default=1) <= 0 or int(header["num_tree_per_iteration"]) < 1:
        raise ValueError("a tree without size")
    trees = []
    for i, size in enumerate(sizes):
        trees.append(_tree(data[at : at + size].decode(), i, n_features))
        at += size
    if data[at : at + len(END_OF_TREES)] != END_OF_TREES or b"\nend of parameters\n" not in data[at:]:
        raise ValueError("the trees do not end where the header says")
    flags = frozenset(line for line in head.decode().split("\n") if "=" not in line)
    return LightGBMText(header, flags, tuple(trees), _categories(data[at:]))


def _fields(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.split("\n") if "=" in line)


def _categories(tail: bytes) -> list[list[Any]]:
    _, found, line = tail.rpartition(CATEGORIES)
    if not found:
        return []
    categories = json.loads(line.strip().splitlines()[0])
    if categories is None:
        return []
    if not isinstance(categories, list) or not all(isinstance(levels, list) for levels in categories):
        raise ValueError("pandas_categorical is not a list of lists")
    return categories


def _tree(text: str, index: int, n_features: int) -> Tree:
    if not text.startswith(f"Tree={index}\n"):
        raise ValueError(f"tree {index} does not begin where the header says")
    fields = _fields(text)
    n_leaves = int(fields["num_leaves"])
    n = n_leaves - 1
    tree = Tree(
        features=_integers(fields, "split_feature", n),
        thresholds=_numbers(fields, "threshold", n),
        decisions=_integers(fields, "decision_type", n),
        left=_integers(fields, "left_child", n),
        right=_integers(fields, "right_child", n),
        leaf_values=_numbers(fields, "leaf_value", n_leaves),
        level_sets=_level_sets(fields, int(fields["num_cat"])),
        is_linear=fields.get("is_linear", "0") != "0",
    )
    _check(tree, index, n_features)
    _check_statistics(fields, index)
    return tree


def _integers(fields: dict[str, str], name: str, n: int) -> NDArray[np.int64]:
    return _sized(np.array([int(v) for v in fields[name].split()] if n else [], dtype=np.int64), name, n)


def _numbers(fields: dict[str, str], name: str, n: int) -> NDArray[np.float64]:
    return _sized(np.array([float(v) for v in fields[name].split()] if n else [], dtype=np.float64), name, n)


def _sized(array: NDArray[Any], name: str, n: int) -> NDArray[Any]:
    if len(array) != n:
        raise ValueError(f"{len(array)} values of {name} where {n} belong")
    return array


def _level_sets(fields: dict[str, str], n_sets: int) -> tuple[tuple[int, ...], ...]:
    if not n_sets:
        return ()
    bounds = [int(v) for v in fields["cat_boundaries"].split()]
    words = [int(v) for v in fields["cat_threshold"].split()]
    rising = all(a <= b for a, b in pairwise(bounds))
    if len(bounds) != n_sets + 1 or bounds[0] != 0 or bounds[-1] != len(words) or not rising:
        raise ValueError("the level sets do not fit together")
    return tuple(_bits(words[a:b]) for a, b in pairwise(bounds))


def _bits(words: list[int]) -> tuple[int, ...]:
    return tuple(32 * i + bit for i, word in enumerate(words) for bit in range(32) if word >> bit & 1)


def _check(tree: Tree, index: int, n_features: int) -> None:
    n, n_leaves = len(tree.features), len(tree.leaf_values)
    if not n:
        return
    children = np.concatenate([tree.left, tree.right])
    # A tree: every split but the root, and every leaf, is the child of exactly one split before it.
    whole = sorted(children.tolist()) == [*range(-n_leaves, 0), *range(1, n)]
    parents = np.tile(np.arange(n), 2)
    forward = bool((children[children >= 0] > parents[children >= 0]).all())
    known = bool(((tree.features >= 0) & (tree.features < n_features)).all())
    sets = tree.thresholds[tree.is_category]
    fitting = bool(((sets >= 0) & (sets < len(tree.level_sets)) & (sets == np.floor(sets))).all())
    if not (whole and forward and known and fitting):
        raise ValueError(f"tree {index} points outside of itself")
    if np.isnan(tree.leaf_values).any() or np.isnan(tree.thresholds).any():
        raise ValueError(f"tree {index} holds NaN")


def _check_statistics(fields: dict[str, str], index: int) -> None:
    """Check what is not used for answers, since LightGBM reads it all the same, and dies of a bad number."""
    for name, value in fields.items():
        if name == "Tree":
            continue
        if "_" in value:  # Python reads 1_0 as ten
            raise ValueError(f"{name} of tree {index} is no number")
        for number in value.split():
            float(number)
