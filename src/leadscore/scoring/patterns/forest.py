"""LightGBM's text as arrays: nodes and leaves of all trees, and what each condition asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
NONE, ZERO, NAN = 0, 1, 2
"""What a feature takes as missing: nothing (NaN is 0), zeros and NaN, or NaN."""


class UnlikeTreesError(ValueError):
    """The model is of a kind that tables cannot say: linear leaves, several classes, averaged trees."""


@dataclass(frozen=True)
class Tree:
    """One tree. Children: from 0 on a node, below 0 the leaf ``-1 - child``.

    Attributes
    ----------
    feature, threshold
        Per node: column asked, and the largest value that goes left; of a category the place in `sets`.
    is_category, default_left, missing
        Per node: whether `sets` decide, where missing values go, what is missing (`NONE`, `ZERO`, `NAN`).
    left, right
        Children per node.
    node_count, leaf_count
        Training rows per node and leaf.
    leaf_value
        Log-odds per leaf.
    sets
        Categories that go left, ascending, per categorical node.
    """

    feature: Int
    threshold: Float
    is_category: npt.NDArray[np.bool_]
    default_left: npt.NDArray[np.bool_]
    missing: Int
    left: Int
    right: Int
    node_count: Float
    leaf_value: Float
    leaf_count: Float
    sets: tuple[Int, ...]

    @property
    def expected(self) -> float:
        """Mean log-odds over the training rows."""
        if len(self.leaf_value) == 1:
            return float(self.leaf_value[0])
        return float((self.leaf_count / self.node_count[0]) @ self.leaf_value)


@dataclass(frozen=True)
class Forest:
    """Trees whose log-odds add up, over `n_features` columns."""

    n_features: int
    trees: tuple[Tree, ...]

    @property
    def expected(self) -> float:
        """Mean log-odds over the training rows, summed as the trees come."""
        return float(sum(tree.expected for tree in self.trees))


def parse(text: str) -> Forest:
    """Read LightGBM's text of a model with one output.

    Raises
    ------
    UnlikeTreesError
        The model is no sum of plain trees.
    """
    head, *blocks = text.split("\nend of trees")[0].split("\nTree=")
    told = _pairs(head)
    one = told.get("num_class", "1") == "1" and told.get("num_tree_per_iteration", "1") == "1"
    if not one or "average_output" in head.split("\n"):
        raise UnlikeTreesError("trees of several classes, or averaged")
    trees = tuple(_tree(_pairs(block)) for block in blocks)
    return Forest(int(told["max_feature_idx"]) + 1, trees)


def _pairs(block: str) -> dict[str, str]:
    return dict(_lines(block))


def _lines(block: str) -> Iterator[tuple[str, str]]:
    for line in block.split("\n"):
        key, equals, value = line.partition("=")
        if equals:
            yield key, value


def _tree(told: dict[str, str]) -> Tree:
    if told.get("is_linear", "0") != "0":
        raise UnlikeTreesError("linear leaves")

    def floats(key: str) -> Float:
        return np.array(told.get(key, "").split(), dtype=np.float64)

    def ints(key: str) -> Int:
        return np.array(told.get(key, "").split(), dtype=np.int64)

    if int(told["num_leaves"]) == 1:
        none, no = np.empty(0), np.empty(0, dtype=np.int64)
        value = floats("leaf_value")
        flags = np.empty(0, dtype=np.bool_)
        return Tree(no, none, flags, flags, no, no, no, none, value, np.ones(1), ())
    decision = ints("decision_type")
    is_category = (decision & 1).astype(np.bool_)
    return Tree(
        ints("split_feature"),
        floats("threshold"),
        is_category,
        (decision & 2).astype(np.bool_),
        (decision >> 2) & 3,
        ints("left_child"),
        ints("right_child"),
        floats("internal_count"),
        floats("leaf_value"),
        floats("leaf_count"),
        _sets(ints("cat_boundaries"), np.array(told.get("cat_threshold", "").split(), np.uint32)),
    )


def _sets(boundaries: Int, words: npt.NDArray[np.uint32]) -> tuple[Int, ...]:
    """Return the categories of every bitset of 32-bit words."""
    out = []
    for a, b in zip(boundaries[:-1], boundaries[1:], strict=True):
        bits = np.unpackbits(words[a:b].view(np.uint8), bitorder="little")
        out.append(np.flatnonzero(bits).astype(np.int64))
    return tuple(out)
