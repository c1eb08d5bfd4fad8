"""Challenger against its rival on the same later looks: as a whole, and slice by slice.

The rival is the champion, re-scored on the challenger's test window, or the grid where there is no
champion. The challenger is judged by what it said out of time; a champion may have learned from some
of these looks, which is counted and said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import Settings
from leadscore.metrics import Difference, log_loss, paired_difference, without_interval
from leadscore.scoring.gates import Gate

Float = npt.NDArray[np.float64]
BEATS, NO_HARM, NO_LEAK = "beats the champion", "no slice harmed", "no leakage finding open"
_NO_SLICE = ("lead_id", "as_of", "window")


@dataclass(frozen=True)
class Contest:
    """What the comparison found: differences of log loss, challenger minus rival, less being better.

    Attributes
    ----------
    rival
        ``champion`` or ``grid``.
    every
        On all looks of the test window.
    unseen
        On the looks the rival cannot have learned from; None where it has seen none, or all is unseen.
    n_seen, n_looks
        Looks the rival may have learned from, of all; `n_seen` None where nobody can say.
    slices
        One row per group: slice, level, figure, and whether the challenger is worse beyond doubt.
    n_too_few
        Groups below `review.min_leads`, which have no figure.
    """

    rival: str
    every: Difference
    unseen: Difference | None
    n_seen: int | None
    n_looks: int
    slices: tuple[Slice, ...]
    n_too_few: int

    @property
    def counts(self) -> Difference:
        """What the gate asks: looks that neither has seen, if enough of them are there."""
        known = self.unseen is not None and np.isfinite(self.unseen.p_a_better)
        return self.unseen if known and self.unseen is not None else self.every

    def note(self) -> str:
        """Return in words what the rival may have learned from these looks."""
        if self.rival == "grid":
            return "the grid's curve was fitted before the window: neither has seen these looks"
        if self.n_seen is None:
            return (
                "the source has no dates: the champion may have trained on any of these looks, "
                "which makes it look better than it is"
            )
        if self.n_seen == 0:
            return "the champion was trained before any of these outcomes was known"
        told = f"the champion may have trained on {self.n_seen:,} of these {self.n_looks:,} looks, "
        told += "which makes it look better than it is there"
        if self.counts is self.every:
            return f"{told}; too few others are left, so all of them count"
        return f"{told}; the gate counts the {self.n_looks - self.n_seen:,} others"


@dataclass(frozen=True)
class Slice:
    """Leads with one value of a property: the difference there, and whether it is harm."""

    name: str
    level: str
    gap: Difference

    @property
    def is_harmed(self) -> bool:
        """Whether the whole interval says that the challenger is worse here."""
        return bool(self.gap.figure.low > 0)


def contest(
    test: pd.DataFrame,
    p_rival: Float,
    *,
    rival: str,
    seen: npt.NDArray[np.bool_] | None,
    settings: Settings,
) -> Contest:
    """Compare on the looks of a test window.

    Parameters
    ----------
    test
        Rows of the evidence's test window: lead_id, label, p_issued and the slices' columns.
    p_rival
        float64[n_rows] probabilities of the rival for the same rows.
    seen
        bool[n_rows] whether the rival may have learned from a look; None where nobody can say.
    """
    p = test["p_issued"].to_numpy(dtype=np.float64)
    every = _difference(test, p, p_rival, settings)
    unseen = None
    if seen is not None and seen.any() and not seen.all():
        unseen = _difference(test.loc[~seen], p[~seen], p_rival[~seen], settings)
    slices, n_too_few = _slices(test, p, p_rival, settings)
    n_seen = None if seen is None else int(seen.sum())
    return Contest(rival, every, unseen, n_seen, len(test), slices, n_too_few)


def _difference(test: pd.DataFrame, p: Float, p_rival: Float, settings: Settings) -> Difference:
    return paired_difference(
        log_loss, test["label"].to_numpy(dtype=np.float64), p, p_rival, lower_is_better=True,
        cluster=test["lead_id"].to_numpy(dtype=object), n_resamples=settings.review.bootstrap,
        seed=settings.seed, min_leads=settings.review.min_leads,
    )  # fmt: skip


def slices_of(test: pd.DataFrame) -> list[str]:
    """Return the columns that group leads: the words among the evidence (channel, product, industry)."""
    return [
        name
        for name in test.columns
        if name not in _NO_SLICE and not pd.api.types.is_numeric_dtype(test[name])
    ]


def _slices(
    test: pd.DataFrame, p: Float, p_rival: Float, settings: Settings
) -> tuple[tuple[Slice, ...], int]:
    found, n_too_few = [], 0
    for name in slices_of(test):
        levels = test[name].astype(object).where(test[name].notna(), "missing").astype(str)
        for level in sorted(levels.unique()):
            inside = (levels == level).to_numpy()
            if test.loc[inside, "lead_id"].nunique() < settings.review.min_leads:
                n_too_few += 1
                continue
            gap = _difference(test.loc[inside], p[inside], p_rival[inside], settings)
            if gap.figure.n_won == 0:  # drawn again, no wins stay no wins: that is no interval
                f = gap.figure
                none = without_interval("nothing won", n=f.n, n_won=0, value=f.value)
                gap = Difference(none, math.nan)
            found.append(Slice(name, level, gap))
    return tuple(found), n_too_few


def succession_gates(found: Contest | str, *, need: float) -> list[Gate]:
    """Return the gates of a promotion that compare with what scores now.

    Parameters
    ----------
    found
        The comparison, or in words why there is none: what cannot be judged is not passed.
    need
        Probability of less log loss that the challenger must reach against a champion.
    """
    if isinstance(found, str):
        return [Gate(BEATS, False, f"cannot be compared: {found}")]
    gates = []
    if found.rival == "champion":
        gap = found.counts
        told = f"{differs(gap)}, probability of less {gap.p_a_better:.3f}, {need:g} needed; "
        gates.append(Gate(BEATS, bool(gap.p_a_better >= need), told + found.note()))
    harmed = [s for s in found.slices if s.is_harmed]
    named = "; ".join(f"{s.name} {s.level}: {differs(s.gap)}" for s in harmed)
    told = f"against the {found.rival}: {len(harmed)} of {len(found.slices)} groups worse beyond their interval"
    if found.n_too_few:
        told += f", {found.n_too_few} too few"
    gates.append(Gate(NO_HARM, not harmed, f"{told}{': ' + named if named else ''}"))
    return gates


def leakage_gate(manifest: dict[str, Any]) -> Gate:
    """Return whether the leakage gate left nothing open when the bundle was trained."""
    found = manifest.get("leakage")
    if found is None:
        return Gate(NO_LEAK, False, "the bundle does not tell: it is older than this gate")
    told = ", ".join(f"{n} {state}" for state, n in found.items()) or "no finding"
    return Gate(NO_LEAK, not found.get("stops"), told)


def differs(gap: Difference) -> str:
    """Return a difference of log loss in words, with its interval and n."""
    f = gap.figure
    counts = f"{f.n:,} leads, {f.n_won:,} won"
    if f.why_no_interval:
        value = f"log loss {f.value:+.4f}, " if math.isfinite(f.value) else ""
        return f"{value}{f.why_no_interval} ({counts})"
    return f"log loss {f.value:+.4f} [{f.low:+.4f}, {f.high:+.4f}], {counts}"
