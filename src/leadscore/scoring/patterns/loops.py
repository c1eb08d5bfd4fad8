"""The compiled loops of the tables: code values, look up what the trees say, keep the strongest.

Rows go by in blocks, one column at a time, so that a loop touches little memory and every step is the same
for all rows of a block.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from leadscore.history.compiled import compiled

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Small = npt.NDArray[np.uint8 | np.uint16]
Bytes = npt.NDArray[np.uint8]
_ZERO_AS_MISSING = 1e-35


@compiled
def coded(values: Float, thresholds: Float, missing: int, last: int, out: Small) -> None:
    """Write, per value, how many thresholds lie below it; `last` for a missing one."""
    n = len(thresholds)
    for row in range(len(values)):
        value = values[row]
        if np.isnan(value):
            if missing == 2:
                out[row] = last
                continue
            value = 0.0
        if missing == 1 and abs(value) <= _ZERO_AS_MISSING:
            out[row] = last
            continue
        low, size = 0, n
        while size > 0:
            half = size // 2
            if thresholds[low + half] < value:
                low += half + 1
                size -= half + 1
            else:
                size = half
        out[row] = low


@compiled
def coded_categories(values: Float, n: int, last: int, out: Small) -> None:
    """Write, per value, its category; `last` for a missing one and one from `n` on."""
    for row in range(len(values)):
        value = values[row]
        if value > -1.0 and value < n:  # noqa: SIM300 - also false for NaN
            out[row] = int(value)
        else:
            out[row] = last


@compiled
def conditions(
    codes: Small, begin: int, n: int, first: int, feature: Int, bound: Int, kind: Int, luts: Bytes,
    last: int, holds: Bytes,
) -> None:  # fmt: skip
    """Write, per node of one tree and row of a block, whether the row goes left.

    Nodes from `first` on, rows ``begin:begin + n``. `kind`: 0 missing goes right, 1 missing goes left, 2 a
    category, whose set is ``luts[bound]``.
    """
    for node in range(len(holds)):
        at = first + node
        code = codes[feature[at], begin : begin + n]
        out = holds[node]
        limit = bound[at]
        if kind[at] == 0:
            for row in range(n):
                out[row] = code[row] <= limit
        elif kind[at] == 1:
            for row in range(n):
                out[row] = (code[row] <= limit) | (code[row] == last)
        else:
            lut = luts[limit]
            for row in range(n):
                out[row] = lut[code[row]]


@compiled
def conjunction(
    holds: Bytes, n: int, term_node: Int, term_want: Int, begin: int, end: int, out: Bytes
) -> None:
    """Write, per row of a block, whether the terms ``begin:end`` all hold."""
    node, flip = holds[term_node[begin]], 1 - term_want[begin]
    for row in range(n):
        out[row] = node[row] ^ flip
    for term in range(begin + 1, end):
        node, flip = holds[term_node[term]], 1 - term_want[term]
        for row in range(n):
            out[row] &= node[row] ^ flip


@compiled
def patterns(
    holds: Bytes, n: int, term_node: Int, term_want: Int, term_start: Int, first: int, n_bits: int,
    out: Small, held: Bytes,
) -> None:  # fmt: skip
    """Write, per row of a block, the pattern of the bits from `first` on."""
    for row in range(n):
        out[row] = 0
    for shift in range(n_bits):
        bit = first + shift
        conjunction(
            holds, n, term_node, term_want, term_start[bit], term_start[bit + 1], held
        )  # fmt: skip
        for row in range(n):
            out[row] |= held[row] << shift


@compiled
def add_values(pattern: Small, n: int, value: Float, total: Float) -> None:
    """Add what the leaves of a group say."""
    for row in range(n):
        total[row] += value[pattern[row]]


@compiled
def add_contributions(
    pattern: Small, n: int, added: Float, size: int, slots: Int, told: Float
) -> None:
    """Add what the leaves of a group add to each feature: `added` [n_slots * size]."""
    for slot in range(len(slots)):
        table = added[slot * size : (slot + 1) * size]
        to = told[slots[slot]]
        for row in range(n):
            to[row] += table[pattern[row]]


@compiled
def add_deep(
    holds: Bytes, n: int, features: Int, shares: Float, first: int, term_start: Int, term_node: Int,
    term_want: Int, value: float, places: Float, weights: Float, agrees: Bytes, before: Float,
    after: Float, total: Float, told: Float, with_added: bool,
) -> None:  # fmt: skip
    """Add what one deep leaf says: `agrees` [most, n] and `before` [most + 1, n], `after` [n] are scratch."""
    k = len(features)
    for i in range(k):
        a, b = term_start[first + i], term_start[first + i + 1]
        conjunction(holds, n, term_node, term_want, a, b, agrees[i])
    for row in range(n):
        after[row] = value
    for i in range(k):
        own = agrees[i]
        for row in range(n):
            after[row] *= own[row]
    for row in range(n):
        total[row] += after[row]
    if not with_added:
        return
    for q in range((k + 1) // 2):
        t = places[q]
        for row in range(n):
            before[0, row] = value * weights[q]
            after[row] = 1.0
        for i in range(k - 1):
            own, now, then = agrees[i], before[i], before[i + 1]
            fixed = (1 - t) * shares[i]
            for row in range(n):
                then[row] = now[row] * (t * own[row] + fixed)
        for i in range(k - 1, -1, -1):
            own, now, to = agrees[i], before[i], told[features[i]]
            fixed, share = (1 - t) * shares[i], shares[i]
            for row in range(n):
                to[row] += now[row] * after[row] * (own[row] - share)
                after[row] *= t * own[row] + fixed
