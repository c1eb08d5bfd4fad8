"""Trees as tables: log-odds and exact contributions of many rows, at the speed of a prediction."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from leadscore.scoring.patterns.forest import UnlikeTreesError, parse
from leadscore.scoring.patterns.sweep import Scratch, sweep
from leadscore.scoring.patterns.tables import Tables, tables_of

Float = npt.NDArray[np.float64]
BLOCK = 4096
"""Rows that go through all trees together: enough that a table is read once for many of them."""
BITS = (11, 8)
"""Bits of a pattern: more make fewer look-ups and larger tables; the next is tried where they are too large."""


@dataclass(frozen=True)
class Engine:
    """The tables of one model."""

    tables: Tables

    @classmethod
    def of_text(cls, text: str, *, single: bool = False) -> Engine:
        """Make the tables of LightGBM's text.

        Parameters
        ----------
        single
            Whether contributions are kept in float32: half the memory, equal to 1e-6. Log-odds stay exact.

        Raises
        ------
        UnlikeTreesError
            Of trees that tables cannot say.
        """
        forest = parse(text)
        for bits in BITS[:-1]:
            try:
                return cls(_single(tables_of(forest, most_bits=bits), single))
            except UnlikeTreesError:
                continue
        return cls(_single(tables_of(forest, most_bits=BITS[-1]), single))

    @property
    def expected(self) -> float:
        """Mean log-odds over the training rows: what contributions are told against."""
        return self.tables.expected

    def log_odds(self, x: Float, *, threads: int = 1) -> Float:
        """Return the trees' raw scores of float64[n_rows, n_features]: LightGBM's to the last bit."""
        total = np.zeros(len(x))
        self._run(x, total, None, threads)
        return total

    def contributions(self, x: Float, *, threads: int = 1) -> tuple[Float, Float]:
        """Return raw scores, and exact path-dependent Shapley values, float64[n_features, n_rows]."""
        total, told = np.zeros(len(x)), np.zeros((self.tables.n_features, len(x)))
        self._run(x, total, told, threads)
        return total, told

    def _run(self, x: Float, total: Float, told: Float | None, threads: int) -> None:
        if x.shape[1] != self.tables.n_features:
            raise ValueError(f"expected {self.tables.n_features} columns, got {x.shape[1]}")
        spans = list(_spans(len(x), threads))
        own = [(x[a:b], total[a:b], None if told is None else told[:, a:b]) for a, b in spans]
        if len(spans) <= 1:
            for rows in own:
                self._rows(*rows)
            return
        with ThreadPoolExecutor(threads) as pool:
            for job in [pool.submit(self._rows, *rows) for rows in own]:
                job.result()

    def _rows(self, x: Float, total: Float, told: Float | None) -> None:
        t = self.tables
        codes = t.coding.codes(x)
        nodes, layout, deep = _flat(t)
        scratch = _scratch(t)
        part = np.zeros((t.n_features if told is not None else 1, BLOCK))
        for begin in range(0, len(x), BLOCK):
            n = min(BLOCK, len(x) - begin)
            part[:] = 0.0
            sweep(
                codes, begin, n, nodes, layout, deep, t.value, t.added, told is not None, scratch,
                total[begin : begin + n], part,
            )  # fmt: skip
            if told is not None:
                told[:, begin : begin + n] = part[:, :n]


def _single(tables: Tables, wanted: bool) -> Tables:
    return replace(tables, added=tables.added.astype(np.float32)) if wanted else tables


def _flat(t: Tables) -> tuple[Any, Any, Any]:
    """Return nodes, layout and deep leaves as the tuples that `sweep` takes."""
    n, o, d = t.nodes, t.layout, t.deep
    return (
        (n.feature, n.bound, n.kind, n.start, n.luts, t.coding.last),
        (
            o.of_tree, o.bit_start, o.term_node, o.term_want, o.term_start, o.slot_start,
            o.slot_feature, o.value_at, o.table_at,
        ),
        (
            d.of_tree, d.value, d.start, d.feature, d.share, d.term_start, d.term_node, d.term_want,
            d.places, d.weights,
        ),
    )  # fmt: skip


def _scratch(t: Tables) -> Scratch:
    """Return room for one block: conditions that hold, features that agree, patterns, products."""
    most = int(np.diff(t.nodes.start).max(initial=0))
    return (
        np.zeros((most, BLOCK), np.uint8), np.zeros((max(t.deep.most, 1), BLOCK), np.uint8),
        np.zeros(BLOCK, np.uint8), np.zeros(BLOCK, np.uint16),
        np.zeros((t.deep.most + 1, BLOCK)), np.zeros(BLOCK),
    )  # fmt: skip


def _spans(n: int, threads: int) -> Iterator[tuple[int, int]]:
    """Yield stretches of rows, one a thread, of whole blocks."""
    size = -(-n // (max(1, threads) * BLOCK)) * BLOCK
    for a in range(0, n, max(size, BLOCK)):
        yield a, min(n, a + size)
