"""The target in disguise: columns computed from the closing, and texts that say how it ended.

They need not rank leads: days to close are long for some winners and short for others.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import LeakageSettings
from leadscore.history.leakage.ground import NEVER, Column, Ground, Suspicion
from leadscore.history.leakage.signal import Float, Int, surprise, told
from leadscore.history.leakage.words import OUTCOME, plain

_CHECK = "target in disguise"
_PURE = (0.02, 0.95)
_COVERS = 0.1  # share of the won (lost) leads a word of their outcome must stand for
_MOST_LEVELS = 100_000  # texts read word by word; of longer columns every k-th
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2}|\d{2}[/.]\d{2}[/.]\d{4})")
_OUTCOME = re.compile(rf"\b({'|'.join(sorted(OUTCOME))})\b")


def in_disguise(column: Column, ground: Ground, settings: LeakageSettings) -> list[Suspicion]:
    """Return whether a column follows the closing, or says in words how leads ended."""
    texts = [_follows_closing(column, ground, settings)]
    if not column.is_number:
        texts.append(_says_the_outcome(column, ground, settings))
    told_by = "; ".join(text for text in texts if text)
    return [Suspicion(column.prop.name, _CHECK, told_by)] if told_by else []


def _follows_closing(column: Column, ground: Ground, settings: LeakageSettings) -> str:
    """Return evidence that a number or date follows the closing date, or the time to close."""
    created, closed = ground.created, ground.closed
    if created is None or closed is None:
        return ""
    rows = np.flatnonzero((closed < NEVER) & column.present)
    if len(rows) < settings.min_rows:
        return ""
    for values in _as_numbers(column):
        x, begun, ended = values[column.code[rows]], created[rows], closed[rows]
        known = np.isfinite(x)
        if known.sum() < settings.min_rows or known.mean() < 0.9:
            continue
        x, begun, ended = x[known], begun[known], ended[known]
        by_creation = 1 - abs(rank_correlation(x, begun))
        for words, other in (("time to close", ended - begun), ("closing date", ended)):
            found = abs(rank_correlation(x, other))
            # What follows creation as well is a column that drifts, not one that knows the closing.
            if found >= settings.disguise_correlation and 1 - found <= by_creation / 4:
                return f"follows the {words}: rank correlation {found:.3f}, n = {len(x):,} closed leads"
    return ""


def _as_numbers(column: Column) -> list[Float]:
    """Return the values of the levels as numbers: as they are, or as dates in either order of day and month."""
    if column.is_number:
        return [np.asarray(column.levels, dtype=np.float64)] if len(column.levels) > 2 else []
    sample = column.levels[:: max(len(column.levels) // 200, 1)]
    dates = sum(_DATE.match(str(value)) is not None for value in sample)
    if len(sample) < 3 or dates < 0.9 * len(sample):
        return []
    text = pd.Series(column.levels).astype(str).str.slice(0, 10).str.replace(".", "/", regex=False)
    formats = ("%Y-%m-%d",) if "-" in str(sample[0])[:10] else ("%d/%m/%Y", "%m/%d/%Y")
    read = [pd.to_datetime(text, format=form, errors="coerce") for form in formats]
    return [
        np.asarray(times.dt.as_unit("s").astype("int64").where(times.notna()), dtype=np.float64)
        for times in read
    ]


def rank_correlation(x: npt.NDArray[np.generic], y: npt.NDArray[np.generic]) -> float:
    """Return Spearman's correlation, ties by their middle rank; 0 where one does not vary."""
    a, b = _middle_ranks(x), _middle_ranks(y)
    a, b = a - a.mean(), b - b.mean()
    spread = float(np.sqrt(np.dot(a, a) * np.dot(b, b)))
    return float(np.dot(a, b)) / spread if spread else 0.0


def _middle_ranks(values: npt.NDArray[np.generic]) -> Float:
    _, code, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[code], dtype=np.float64)


def _says_the_outcome(column: Column, ground: Ground, settings: LeakageSettings) -> str:
    """Return evidence that words of an outcome stand where leads ended so."""
    step = max(len(column.levels) // _MOST_LEVELS, 1)
    said = _words_by_level(column.levels[::step])
    if not said:
        return ""
    is_read = column.present & (column.code % step == 0) & ground.is_closed
    code, won = column.code[is_read] // step, ground.won[is_read]
    n_levels = len(column.levels[::step])
    n = np.bincount(code, minlength=n_levels)
    wins = np.bincount(code, won, minlength=n_levels)
    base = float(ground.won[ground.is_closed].mean())
    total_won, total_lost = float(wins.sum()), float(n.sum() - wins.sum())
    found = []
    for word, levels in sorted(said.items()):
        hits, of_word = int(wins[levels].sum()), int(n[levels].sum())
        if of_word < settings.min_rows or surprise(hits, of_word, base) < settings.min_z:
            continue
        rate = hits / of_word
        is_won = rate >= _PURE[1] and base <= 0.9 and hits >= _COVERS * total_won
        is_lost = rate <= _PURE[0] and base >= 0.1 and of_word - hits >= _COVERS * total_lost
        if is_won or is_lost:
            found.append(f"'{word}' stands where {told(hits, of_word)} leads are won")
    return ", ".join(found)


def _words_by_level(levels: pd.Index) -> dict[str, Int]:
    """Return the positions of the levels in which each word of an outcome stands."""
    places: dict[str, list[int]] = {}
    for place, value in enumerate(levels):
        for word in set(_OUTCOME.findall(plain(str(value)))):
            places.setdefault(word, []).append(place)
    return {word: np.asarray(at, dtype=np.int64) for word, at in places.items()}
