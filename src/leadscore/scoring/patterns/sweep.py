"""One block of rows through all trees: conditions, patterns, what they say. Compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from leadscore.history.compiled import compiled
from leadscore.scoring.patterns.loops import (
    Bytes,
    Float,
    Int,
    Small,
    add_contributions,
    add_deep,
    add_values,
    conditions,
    patterns,
)

Nodes = tuple[Int, Int, Int, Int, Bytes, int]
Layout = tuple[Int, Int, Int, Int, Int, Int, Int, Int, Int]
Deep = tuple[Int, Float, Int, Int, Float, Int, Int, Int, Float, Float]
Scratch = tuple[Bytes, Bytes, npt.NDArray[np.uint8], npt.NDArray[np.uint16], Float, Float]


@compiled
def sweep(
    codes: Small, begin: int, n: int, nodes: Nodes, layout: Layout, deep: Deep, value: Float,
    added: Float, with_added: bool, scratch: Scratch, total: Float, told: Float,
) -> None:  # fmt: skip
    """Add to the rows ``begin:begin + n`` what all trees say: `total` [n], `told` [n_features, n].

    Trees come in their order, so that sums are LightGBM's to the last bit.
    """
    feature, bound, kind, node_start, luts, last = nodes
    of_tree, bit_start, term_node, term_want, term_start, slot_start, slots, value_at, table_at = (
        layout
    )
    deep_of, deep_value, deep_start, deep_feature, deep_share, at, node, want, places, weights = (
        deep
    )
    holds, agrees, narrow, wide, before, after = scratch
    for tree in range(len(of_tree) - 1):
        first, n_nodes = node_start[tree], node_start[tree + 1] - node_start[tree]
        conditions(codes, begin, n, first, feature, bound, kind, luts, last, holds[:n_nodes])
        for group in range(of_tree[tree], of_tree[tree + 1]):
            bit, n_bits = bit_start[group], bit_start[group + 1] - bit_start[group]
            a, size = value_at[group], value_at[group + 1] - value_at[group]
            own = slots[slot_start[group] : slot_start[group + 1]]
            table = added[table_at[group] : table_at[group + 1]]
            if n_bits <= 8:
                patterns(holds, n, term_node, term_want, term_start, bit, n_bits, narrow, agrees[0])
                add_values(narrow, n, value[a : a + size], total)
                if with_added:
                    add_contributions(narrow, n, table, size, own, told)
            else:
                patterns(holds, n, term_node, term_want, term_start, bit, n_bits, wide, agrees[0])
                add_values(wide, n, value[a : a + size], total)
                if with_added:
                    add_contributions(wide, n, table, size, own, told)
        for leaf in range(deep_of[tree], deep_of[tree + 1]):
            a, b = deep_start[leaf], deep_start[leaf + 1]
            add_deep(
                holds, n, deep_feature[a:b], deep_share[a:b], a, at, node, want, deep_value[leaf],
                places[b - a], weights[b - a], agrees, before, after, total, told, with_added,
            )  # fmt: skip
