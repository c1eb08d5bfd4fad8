"""Tables of all groups, filled once: per pattern what the leaves say in sum, and what each feature adds.

See `quadrature` for what a leaf adds to a feature.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.history.compiled import compiled
from leadscore.scoring.patterns.codes import Coding, coding_of
from leadscore.scoring.patterns.forest import Forest, UnlikeTreesError
from leadscore.scoring.patterns.groups import Group, Path, cut, paths_of
from leadscore.scoring.patterns.quadrature import rules

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
MOST_BYTES = 1 << 29
"""Memory that tables may take; beyond, LightGBM's own contributions are the way."""


@dataclass(frozen=True)
class Nodes:
    """Conditions of all trees: column, bound or set, kind (see `loops.conditions`); nodes per tree."""

    feature: Int
    bound: Int
    kind: Int
    start: Int
    luts: Bytes


@dataclass(frozen=True)
class Layout:
    """Where the groups of all trees keep what they have.

    Attributes
    ----------
    of_tree
        First group of each tree, int64[n_trees + 1].
    bit_start, term_start
        First bit of each group, first term of each bit; one more at the end.
    term_node, term_want
        Node (counted within its tree) and whether it is to hold.
    slot_start, slot_feature
        First slot of each group, and the feature of each slot.
    value_at, table_at
        Where a group's patterns begin in the values, and in the table (slot by slot).
    """

    of_tree: Int
    bit_start: Int
    term_node: Int
    term_want: Int
    term_start: Int
    slot_start: Int
    slot_feature: Int
    value_at: Int
    table_at: Int


@dataclass(frozen=True)
class Deep:
    """Leaves that too many features decide, which no table holds.

    Attributes
    ----------
    of_tree
        First leaf of each tree, int64[n_trees + 1].
    value
        Log-odds of each leaf.
    start
        First condition of each leaf, one more at the end.
    feature, share
        Of each condition the feature, and the training rows that agree.
    term_start, term_node, term_want
        Terms of each condition, as in a layout.
    places, weights
        Of the integral, by the number of conditions.
    """

    of_tree: Int
    value: Float
    start: Int
    feature: Int
    share: Float
    term_start: Int
    term_node: Int
    term_want: Int
    places: Float
    weights: Float

    @property
    def most(self) -> int:
        """Most conditions of a leaf."""
        return int(np.diff(self.start).max(initial=0))


@dataclass(frozen=True)
class Tables:
    """All that prediction and contributions need. `value` and `added` are in log-odds."""

    coding: Coding
    nodes: Nodes
    layout: Layout
    deep: Deep
    value: Float
    added: Float
    expected: float
    n_features: int
    most_bits: int

    @property
    def n_bytes(self) -> int:
        """Memory of the two tables."""
        return int(self.value.nbytes + self.added.nbytes)


def tables_of(forest: Forest, *, most_bits: int) -> Tables:
    """Make the tables.

    Raises
    ------
    UnlikeTreesError
        The trees are too deep, or the tables too large.
    """
    coding = coding_of(forest)
    by_tree = [cut(paths_of(tree), most_bits) for tree in forest.trees]
    groups = [group for own, _ in by_tree for group in own]
    layout = _layout(groups, np.cumsum([0, *(len(own) for own, _ in by_tree)]))
    size = int(layout.table_at[-1] + layout.value_at[-1]) * 8
    if size > MOST_BYTES:
        raise UnlikeTreesError(f"tables of {size >> 20} MB")
    value, added = np.zeros(layout.value_at[-1]), np.zeros(layout.table_at[-1])
    _fill_all(groups, layout, value, added)
    return Tables(
        coding, _nodes(forest, coding), layout, _deep([deep for _, deep in by_tree]), value, added,
        forest.expected, forest.n_features, most_bits,
    )  # fmt: skip


def _nodes(forest: Forest, coding: Coding) -> Nodes:
    start = np.cumsum([0, *(len(tree.feature) for tree in forest.trees)])
    feature = np.concatenate([np.empty(0, np.int64), *(tree.feature for tree in forest.trees)])
    bound, kind = np.zeros(len(feature), np.int64), np.zeros(len(feature), np.int64)
    luts: list[Bytes] = []
    for tree, first in zip(forest.trees, start[:-1], strict=True):
        for node, f in enumerate(tree.feature):
            at = first + node
            if tree.is_category[node]:
                lut = np.zeros(coding.last + 1, np.uint8)
                lut[tree.sets[int(tree.threshold[node])]] = 1
                bound[at], kind[at] = len(luts), 2
                luts.append(lut)
            else:
                thresholds = coding.columns[f].thresholds
                bound[at] = np.searchsorted(thresholds, tree.threshold[node])
                kind[at] = int(tree.default_left[node])
    table = np.stack(luts) if luts else np.zeros((1, 1), np.uint8)
    return Nodes(feature, bound, kind, start, table)


def _layout(groups: list[Group], of_tree: Int) -> Layout:
    bits = [terms for group in groups for terms in group.bits]
    terms = [term for own in bits for term in own]
    n_patterns = [1 << len(group.bits) for group in groups]
    n_slots = [len(group.features) for group in groups]
    return Layout(
        np.asarray(of_tree, np.int64),
        np.cumsum([0, *(len(group.bits) for group in groups)]),
        np.array([node for node, _ in terms], np.int64),
        np.array([want for _, want in terms], np.int64),
        np.cumsum([0, *(len(own) for own in bits)]),
        np.cumsum([0, *n_slots]),
        np.array([f for group in groups for f in group.features], np.int64),
        np.cumsum([0, *n_patterns]),
        np.cumsum([0, *(n * m for n, m in zip(n_patterns, n_slots, strict=True))]),
    )


def _deep(by_tree: list[list[Path]]) -> Deep:
    paths = [path for own in by_tree for path in own]
    pairs = [(path, feature) for path in paths for feature in path.distinct]
    terms = [path.of_feature(feature) for path, feature in pairs]
    flat = [term for own in terms for term in own]
    places, weights = rules(max((len(path.distinct) for path in paths), default=0))
    return Deep(
        np.cumsum([0, *(len(own) for own in by_tree)]),
        np.array([path.value for path in paths], np.float64),
        np.cumsum([0, *(len(path.distinct) for path in paths)]),
        np.array([feature for _, feature in pairs], np.int64),
        np.array([path.passed[feature] for path, feature in pairs], np.float64),
        np.cumsum([0, *(len(own) for own in terms)]),
        np.array([node for node, _ in flat], np.int64),
        np.array([want for _, want in flat], np.int64),
        places,
        weights,
    )


def _fill_all(groups: list[Group], layout: Layout, value: Float, added: Float) -> None:
    leaves = [leaf for group in groups for leaf in group.leaves]
    flat = [c for _, conditions in leaves for c in conditions]
    places, weights = rules(max((len(conditions) for _, conditions in leaves), default=0))
    _fill(
        np.cumsum([0, *(len(group.leaves) for group in groups)]),
        np.cumsum([0, *(len(conditions) for _, conditions in leaves)]),
        np.array([own for own, _ in leaves], np.float64),
        np.array([c.slot for c in flat], np.int64),
        np.array([c.mask for c in flat], np.int64),
        np.array([c.want for c in flat], np.int64),
        np.array([c.share for c in flat], np.float64),
        layout.value_at, layout.table_at, places, weights, value, added,
    )  # fmt: skip


@compiled
def _fill(
    leaf_start: Int, condition_start: Int, leaf_value: Float, slot: Int, mask: Int, want: Int,
    share: Float, value_at: Int, table_at: Int, places: Float, weights: Float,
    value: Float, added: Float,
) -> None:  # fmt: skip
    """Add every leaf to the patterns of its group."""
    for group in range(len(leaf_start) - 1):
        n = value_at[group + 1] - value_at[group]
        for leaf in range(leaf_start[group], leaf_start[group + 1]):
            a, k = condition_start[leaf], condition_start[leaf + 1] - condition_start[leaf]
            says = _said(k, leaf_value[leaf], share[a : a + k], places[k], weights[k])
            for pattern in range(n):
                agreeing = 0
                for i in range(k):
                    if (pattern & mask[a + i]) == want[a + i]:
                        agreeing |= 1 << i
                if agreeing == (1 << k) - 1:
                    value[value_at[group] + pattern] += leaf_value[leaf]
                for i in range(k):
                    added[table_at[group] + slot[a + i] * n + pattern] += says[agreeing, i]


@compiled
def _said(k: int, leaf_value: float, share: Float, places: Float, weights: Float) -> Float:
    """Return what a leaf adds to each of its features for every way in which they agree: [2^k, k]."""
    says = np.zeros((1 << k, k))
    before = np.empty(k + 1)
    for agreeing in range(1 << k):
        for q in range((k + 1) // 2):
            t, weigh = places[q], weights[q]
            before[0] = 1.0
            for i in range(k):
                o = (agreeing >> i) & 1
                before[i + 1] = before[i] * (t * o + (1 - t) * share[i])
            after = 1.0
            for i in range(k - 1, -1, -1):
                o = (agreeing >> i) & 1
                says[agreeing, i] += weigh * before[i] * after * (o - share[i])
                after *= t * o + (1 - t) * share[i]
        for i in range(k):
            says[agreeing, i] *= leaf_value
    return says
