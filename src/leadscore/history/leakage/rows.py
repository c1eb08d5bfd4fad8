"""Leakage by place: ids, the order of rows and repeated leads that know more than the date of creation.

Drift is no leak. Leads are compared with their neighbours in time only, and an id or a row counts
only by how far it stands from its place in time: a sequence that follows creation says nothing.
"""

from __future__ import annotations

import string

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import LeakageSettings
from leadscore.history.leakage.ground import Column, Ground, Suspicion
from leadscore.history.leakage.signal import (
    NEIGHBOURS,
    Float,
    Int,
    Mask,
    Signal,
    at_one_time,
    crossed_rates,
    told,
    within,
)

_NOT_DIGITS = string.ascii_letters + string.punctuation + " "
_RARE = 0.1  # a value of fewer leads says whom one means
_MOST_KINDS = 200
Marks = npt.NDArray[np.uint64]


def by_place(columns: list[Column], ground: Ground, settings: LeakageSettings) -> list[Suspicion]:
    """Return whether ids, the order of rows or repetitions tell outcomes.

    Parameters
    ----------
    columns
        The properties, rows as in `ground`: an export sorted by one of them has its order from there.
    """
    found = _by_ids(ground, settings)
    if "row" in ground.leads:
        row = ground.leads["row"].to_numpy(dtype=np.int64)
        found += _by_rows(row, columns, ground, settings)
    return found + _duplicates(columns, ground, settings)


def _by_ids(ground: Ground, settings: LeakageSettings) -> list[Suspicion]:
    prefix, number = _parts(ground.leads["lead_id"])
    kinds = int(prefix.max(initial=0)) + 1
    found = []
    if 2 <= kinds <= _MOST_KINDS:
        alone = _of_kind(prefix, ground)
        if alone.exceeds(settings.presence_auc, min_z=settings.min_z):
            said = f"the letters of the id rank leads created together: {alone}"
            found.append(Suspicion("lead_id", "ids rank leads", said))
    beyond = beyond_time(number, np.where(kinds <= _MOST_KINDS, prefix, 0), ground)
    if beyond.exceeds(settings.order_auc, min_z=settings.min_z):
        said = f"ids rank leads created together, beyond the order of creation: {beyond}"
        found.append(Suspicion("lead_id", "ids rank leads", said))
    return found[:1]


def _parts(ids: pd.Series) -> tuple[Int, Int]:
    """Return each id's leading letters as a code, and the rank of the rest: by number, or as text."""
    text = ids.astype(str)
    digits = text.str.lstrip(_NOT_DIGITS)
    is_number = digits.str.isdigit() & digits.str.len().between(1, 18)
    if is_number.mean() < 0.95:
        _, rank = np.unique(text.to_numpy(dtype=object), return_inverse=True)
        return np.zeros(len(ids), np.int64), rank.astype(np.int64)
    prefix, _ = pd.factorize(text.str.rstrip("0123456789").where(is_number))
    number = np.asarray(digits.where(is_number, "0").astype(np.int64), dtype=np.int64)
    return (prefix + 1).astype(np.int64), number


def _of_kind(kind: Int, ground: Ground) -> Signal:
    """Return how well kinds rank leads created together, by win rates of the other half."""
    rows = np.flatnonzero(ground.is_closed)
    rates = crossed_rates(kind[rows], ground.won[rows])
    return at_one_time(rates, ground.won[rows], is_crossed=True)


def beyond_time(place: Int, group: Int, ground: Ground) -> Signal:
    """Return how well a place ranks closed leads created together, its order in time taken away.

    Parameters
    ----------
    place
        int64[n]: an id's number or a row.
    group
        int64[n]: only leads of one group are compared.
    """
    rows = np.flatnonzero(ground.is_closed)
    rows = rows[np.argsort(group[rows], kind="stable")]
    size = np.bincount(group[rows]) if len(rows) else np.zeros(0, np.int64)
    in_group = np.arange(len(rows)) - np.repeat(np.cumsum(size) - size, size)
    block = _dense(group[rows] * (len(rows) + 1) + in_group // NEIGHBOURS)
    order = ground.leads["order"].to_numpy(dtype=np.int64)[rows]
    by_place, by_time = _ranks_within(place[rows], block), _ranks_within(order, block)
    # A file may run from the newest lead to the oldest.
    runs_back = (
        float(np.dot(by_place - by_place.mean(), by_time - by_time.mean())) < 0
        if len(rows)
        else False
    )
    score = by_place + by_time if runs_back else by_place - by_time
    return within(score, ground.won[rows], block).folded()


def _dense(code: Int) -> Int:
    return np.asarray(np.unique(code, return_inverse=True)[1], dtype=np.int64)


def _ranks_within(values: Int, block: Int) -> Float:
    """Return middle ranks of the values among those of their block; blocks stand together."""
    by = np.lexsort((values, block))
    v, b = values[by], block[by]
    tied = (
        np.concatenate([[True], (b[1:] != b[:-1]) | (v[1:] != v[:-1])])
        if len(v)
        else v.astype(bool)
    )
    tie = np.cumsum(tied) - 1
    size = np.bincount(tie) if len(v) else np.zeros(0, np.int64)
    middle = np.flatnonzero(tied) + (size - 1) / 2
    ranks = np.empty(len(v))
    starts = np.searchsorted(b, np.arange(int(b.max(initial=-1)) + 1))
    ranks[by] = middle[tie] - starts[b]
    return ranks


def _by_rows(
    row: Int, columns: list[Column], ground: Ground, settings: LeakageSettings
) -> list[Suspicion]:
    group = np.zeros(ground.n, np.int64)
    beyond = beyond_time(row, group, ground)
    if not beyond.exceeds(settings.order_auc, min_z=settings.min_z):
        return []
    for column in columns:
        if not is_sorted_by(column, row):
            continue
        if len(column.levels) > ground.n / 5:
            return []
        group = group * (len(column.levels) + 1) + column.code + 1
        beyond = beyond_time(row, _dense(group), ground)
        if not beyond.exceeds(settings.order_auc, min_z=settings.min_z):
            return []
    said = f"the place in the file ranks leads created together: {beyond}; was it sorted by status?"
    return [Suspicion("row", "row order ranks leads", said)]


def is_sorted_by(column: Column, row: Int) -> bool:
    """Tell whether the file is sorted by a column: its values stand together, or never go back."""
    code = column.code[np.argsort(row, kind="stable")]
    n_levels = len(np.unique(code))
    if n_levels < 2:
        return False
    if n_levels <= len(code) / 5:
        return int((np.diff(code) != 0).sum()) + 1 <= 1.2 * n_levels
    if not column.is_number:
        folded = pd.Series(column.levels).astype(str).str.casefold()
        _, rank = np.unique(folded.to_numpy(dtype=object), return_inverse=True)
        code = np.where(code >= 0, rank[code], -1)
    steps = np.diff(code[code >= 0])
    return bool((steps >= 0).all() or (steps <= 0).all())


def _duplicates(
    columns: list[Column], ground: Ground, settings: LeakageSettings
) -> list[Suspicion]:
    """Return whether leads repeat each other column by column, and end alike.

    Leads of few rare values are left out: they are alike by chance. So are tables in which leads
    that agree in all columns but one often differ in that one: there, too, it may be chance.
    """
    used = [c for c in columns if not c.prop.excluded and len(c.levels) > 1]
    rows = np.flatnonzero(_are_rare(used, ground.n) >= 3) if used else np.zeros(0, np.int64)
    if len(rows) < settings.min_rows:
        return []
    marks = [_marks(column, rows, seed) for seed, column in enumerate(used)]
    whole: Marks = np.asarray(np.sum(marks, axis=0, dtype=np.uint64))
    _, code, count = np.unique(whole, return_inverse=True, return_counts=True)
    repeated = count[code] > 1
    n = int(repeated.sum())
    if n < max(settings.min_rows, settings.duplicate_share * ground.n):
        return []
    pairs = _n_pairs(whole)
    differing = [m for m in marks if _n_pairs(m) <= 0.5 * len(rows) * (len(rows) - 1) / 2]
    if len(differing) < 3 or min(pairs / _n_pairs(whole - m) for m in differing) < 0.8:
        return []
    by = np.argsort(code[repeated], kind="stable")
    lead, group = rows[repeated][by], code[repeated][by]
    together = group[1:] == group[:-1]
    return _alike(lead[:-1][together], lead[1:][together], n, len(used), ground, settings)


def _are_rare(columns: list[Column], n: int) -> Int:
    """Return in how many columns each lead has a value that few others have."""
    rare = np.zeros(n, np.int64)
    for column in columns:
        share = np.bincount(column.code + 1, minlength=len(column.levels) + 1) / n
        rare += (share[column.code + 1] <= _RARE) & column.present
    return rare


def _marks(column: Column, rows: Int, seed: int) -> Marks:
    """Return a random 64-bit mark per value: rows are alike where the sums of their marks are."""
    drawn = np.random.default_rng(seed).integers(0, 2**63, len(column.levels) + 1, dtype=np.uint64)
    return np.asarray(drawn[column.code[rows] + 1])


def _n_pairs(marks: Marks) -> float:
    count = np.unique(marks, return_counts=True)[1].astype(np.float64)
    return float((count * (count - 1) / 2).sum())


def _alike(
    a: Int, b: Int, n: int, n_columns: int, ground: Ground, settings: LeakageSettings
) -> list[Suspicion]:
    closed = ground.is_closed[a] & ground.is_closed[b]
    a, b = a[closed], b[closed]
    if not len(a):
        return []
    won: Mask = ground.won
    agree = float((won[a] == won[b]).mean())
    base = float((won[a].mean() + won[b].mean()) / 2)
    by_chance = base**2 + (1 - base) ** 2
    kappa = (agree - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0
    if kappa < 0.7 or kappa * np.sqrt(len(a)) < settings.min_z:
        return []
    apart = int((np.abs(a - b) > ground.n / 10).sum())
    alike = told(round(agree * len(a)), len(a))
    said = (
        f"{told(n, ground.n)} leads repeat another id in all {n_columns} columns; {alike} closed "
        f"pairs ended alike ({by_chance:.0%} by chance), {apart:,} of them far apart in time"
    )
    return [Suspicion("leads:duplicates", "one lead under several ids", said)]
