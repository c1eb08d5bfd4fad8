"""Leakage by values and presence: what a column holds, and for whom it is filled in.

Every check reads one column of closed and open leads and answers with suspicions or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leadscore.domain.settings import LeakageSettings
from leadscore.history.leakage.ground import NEVER, Column, Ground, Suspicion
from leadscore.history.leakage.signal import (
    Int,
    Mask,
    Signal,
    at_one_time,
    blocks,
    by_level,
    by_rank,
    crossed_rates,
    gap_within,
    surprise,
    told,
)  # fmt: skip
from leadscore.history.leakage.words import LATE, words_of

_PURE = (0.02, 0.95)  # win rates at or beyond which a value is all lost or all won
_STRATUM = (
    20  # leads of one time compared with each other: a field introduced one day splits one stratum
)
_MOST_STRATA = 1_000


@dataclass(frozen=True)
class Limits:
    """The limits of one column: lower where its values are known only as exported."""

    max_auc: float
    presence_auc: float
    pure_share: float
    presence_jump: float
    min_z: float

    @classmethod
    def of(cls, settings: LeakageSettings, *, is_as_exported: bool) -> Limits:
        """Return the limits of the settings, drawn in for a column known only as exported."""
        factor = settings.as_exported_limit if is_as_exported else 1.0
        return cls(
            max_auc=0.5 + factor * (settings.max_auc - 0.5),
            presence_auc=0.5 + factor * (settings.presence_auc - 0.5),
            pure_share=factor * settings.pure_share,
            presence_jump=factor * settings.presence_jump,
            min_z=settings.min_z,
        )


def by_values(
    column: Column, ground: Ground, settings: LeakageSettings, *, is_as_exported: bool
) -> list[Suspicion]:
    """Return what values and presence of one column say against it.

    Parameters
    ----------
    column
        Rows as in `ground`.
    is_as_exported
        The values may be later than the look, and no history tells.
    """
    limits = Limits.of(settings, is_as_exported=is_as_exported)
    code, won = column.code[ground.is_closed] + 1, ground.won[ground.is_closed]
    ranked = _ranked(column, code, won)
    found = dict(_filled(column, ground, limits, settings))
    coarse = by_level(column.binned()[ground.is_closed], won) if column.is_number else ranked
    if ranked.exceeds(limits.max_auc, min_z=limits.min_z):
        found["answers alone"] = f"alone {ranked}"
    elif coarse.exceeds(limits.max_auc, min_z=limits.min_z):
        found["target in disguise"] = f"its value, whatever the order, gives the status: {coarse}"
    elif told_by := _pure_values(column, ground, limits, settings):
        found["values all won or all lost"] = told_by
    presence = at_one_time((code > 0).astype(np.float64), won).folded()
    if presence.exceeds(limits.presence_auc, min_z=limits.min_z):
        found["being filled in ranks leads"] = (
            f"filled in for {(code > 0).mean():.0%}; presence alone, among leads of one time, {presence}"
        )
    if is_as_exported and (late := _late_name(column, code, won, settings)):
        found["rewritten late"] = late
    return [Suspicion(column.prop.name, check, text) for check, text in found.items()]


def _ranked(column: Column, code: Int, won: Mask) -> Signal:
    if column.is_number:
        return by_rank(code, won).folded()
    return by_level(code, won)


def _pure_values(column: Column, ground: Ground, limits: Limits, settings: LeakageSettings) -> str:
    """Return evidence that many leads carry a value that is all won or all lost.

    Of a number, values that many leads share are looked at, and all others together: at the low end
    of a good criterion all may be lost, but not at 0 and nowhere else.
    """
    won = ground.won[ground.is_closed]
    code = column.binned(1)[ground.is_closed]
    n = np.bincount(code, minlength=1).astype(np.float64)
    wins = np.bincount(code, won, minlength=len(n))
    n[0] = wins[0] = 0  # missing is no value; presence is another check
    total, base = len(code), float(won.mean()) if len(code) else 0.0
    enough = (n >= settings.min_rows) & (surprise(wins, n, base) >= settings.min_z)
    rates = wins / np.maximum(n, 1)
    # Where nearly all are lost, an all-lost value says nothing; an all-won one says it all.
    lost = enough & (rates <= _PURE[0]) & (0.1 <= base <= 0.9)
    gained = enough & (rates >= _PURE[1]) & (base <= 0.9)
    covered = float(n[lost | gained].sum())
    share, of_won = covered / max(total, 1), float(wins[gained].sum()) / max(float(won.sum()), 1)
    if share > limits.pure_share:
        kinds = int((lost | gained).sum())
        return (
            f"{told(int(covered), total)} leads carry one of {kinds} values that are all won or "
            "all lost"
        )
    if base < 0.1 and of_won > limits.pure_share:
        kinds = int(gained.sum())
        return f"{told(int(wins[gained].sum()), int(won.sum()))} won leads carry one of {kinds} values that are all won"
    return ""


def _filled(
    column: Column, ground: Ground, limits: Limits, settings: LeakageSettings
) -> Iterator[tuple[str, str]]:
    """Yield evidence that a column is filled in at closing, or by a batch."""
    if column.present.all() or not column.present.any():
        return
    stratum = blocks(ground.n, size=_STRATUM, most=_MOST_STRATA)
    gap = gap_within(column.present, ground.is_closed, stratum)
    enough = min(gap.n_a, gap.n_b) >= settings.min_rows
    if enough and gap.value > limits.presence_jump and gap.z >= limits.min_z:
        yield (
            "filled in when closed",
            f"filled in for {gap.share_b:.0%} of {gap.n_b:,} closed and {gap.share_a:.0%} of "
            f"{gap.n_a:,} open leads of the same time",
        )
    if ground.closed is None:
        if text := _jumps(column, limits, settings):
            yield "filled in by batch", text
    elif text := _batch(column, ground, limits, settings):
        yield "filled in by batch", text


def _batch(column: Column, ground: Ground, limits: Limits, settings: LeakageSettings) -> str:
    """Return evidence that a batch wrote the column for the leads open on its day.

    A form field that was introduced one day differs by creation alone; a batch also by closing.
    """
    created, closed = ground.created, ground.closed
    if created is None or closed is None or not (closed < NEVER).any():
        return ""
    timed = (closed < NEVER) | ~ground.is_closed
    for day in np.quantile(closed[closed < NEVER], np.arange(0.1, 0.95, 0.1)):
        rows = np.flatnonzero(timed & (created < day))
        stratum = blocks(len(rows), size=_STRATUM, most=_MOST_STRATA)
        gap = gap_within(column.present[rows], closed[rows] > day, stratum)
        enough = min(gap.n_a, gap.n_b) >= settings.min_rows
        if enough and gap.value > limits.presence_jump and gap.z >= limits.min_z:
            at = np.datetime64(int(day), "s").astype("datetime64[D]")
            return (
                f"filled in for {gap.share_b:.0%} of {gap.n_b:,} leads open on {at} and "
                f"{gap.share_a:.0%} of {gap.n_a:,} of the same time closed before: "
                "written by a batch or along the way, not when the lead came"
            )
    return ""


def _jumps(column: Column, limits: Limits, settings: LeakageSettings) -> str:
    """Return evidence that a column came and went; where there are no dates, only its places tell.

    A single step is a field that was introduced or dropped, and no leak.
    """
    n = len(column.code)
    if n < 10 * settings.min_rows:
        return ""
    tenth = np.arange(n) * 10 // n
    shares = np.bincount(tenth, column.present) / np.bincount(tenth)
    rises = float((shares - np.minimum.accumulate(shares)).max())
    falls = float((np.maximum.accumulate(shares) - shares).max())
    if min(rises, falls) <= limits.presence_jump or column.prop.known != "as_exported":
        return ""
    steps = ", ".join(f"{share:.0%}" for share in shares)
    return f"filled in for {steps} of the tenths of {n:,} leads: written by batches, not when the lead came"


def _late_name(column: Column, code: Int, won: Mask, settings: LeakageSettings) -> str:
    # The mapping may have renamed the column: its label often still says what it is.
    called = words_of(f"{column.prop.name} {column.prop.label}")
    late = " ".join(sorted(set(called) & LATE))
    if not late:
        return ""
    if column.is_number:
        ranked = at_one_time(code.astype(np.float64), won).folded()
    else:
        ranked = at_one_time(crossed_rates(code, won), won, is_crossed=True)
    if not ranked.exceeds(settings.late_auc, min_z=settings.min_z):
        return ""
    return f"named '{late}', known only as exported, among leads of one time {ranked}"
