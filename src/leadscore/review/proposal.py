"""Thresholds proposed for the next quarter, with interval, expected effect, and "no change".

It proposes and never decides: a proposal takes force when somebody signs it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel

from leadscore.domain.model_settings import CalibrationSettings
from leadscore.domain.settings import Thresholds, ThresholdSettings
from leadscore.review.basis import Basis
from leadscore.review.cuts import (
    MIN_WON,
    N_DRAWS,
    THRESHOLDS,
    Optimum,
    curve_of,
    cut_by_capacity,
    cut_by_precision,
    cut_by_value,
    refusal,
)
from leadscore.review.effect import Effect, Move, expected_effect, migration
from leadscore.review.evidence import Evidence
from leadscore.review.expectation import ToldEffect
from leadscore.review.rows import plain
from leadscore.review.verdicts import CHANGE, NO_CHANGE, Cut, judged, not_contradicted, ordered
from leadscore.scoring.calibration import Platt
from leadscore.scoring.scale import Scale


@dataclass(frozen=True)
class Proposal:
    """What is proposed, on what evidence, to what effect.

    `considered` are the thresholds of the effect: those proposed or, where no change is proposed,
    the best by the evidence, so that a reader sees what staying costs. Only a proposal with a `basis`
    can be approved.
    """

    as_of: str | None
    method: str
    verdict: str
    sentence: str
    hot: Cut
    warm: Cut
    considered: Thresholds | None
    curve: Platt | None
    n_leads: int
    n_won: int
    n_looks: int
    effect: tuple[Effect, ...]
    migration: tuple[Move, ...]
    settings: ThresholdSettings
    basis: Basis | None = None

    @property
    def sha256(self) -> str:
        """Hash of the content; approving names it."""
        return sha256_of_content(self._content())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, six significant digits, NaN as None, and the hash."""
        return {**self._content(), "proposal_sha256": self.sha256}

    def to_json(self) -> str:
        """Return stable text: sorted keys, ended by a line break."""
        return as_text(self.to_dict())

    def _content(self) -> dict[str, Any]:
        fields = {
            **asdict(self),
            "settings": self.settings.model_dump(),
            "considered": self.considered.model_dump() if self.considered else None,
            "basis": self.basis.model_dump() if self.basis else None,
        }
        content: dict[str, Any] = plain(fields)
        return content


class ProposedCut(BaseModel):
    """Of a proposal's threshold what an approval needs."""

    in_force: float
    proposed: float
    verdict: Literal["change", "no change"]


class Proposed(BaseModel):
    """Of a proposal's content what an approval needs; the rest is there to be read."""

    hot: ProposedCut
    warm: ProposedCut
    basis: Basis
    proposal_sha256: str
    considered: Thresholds | None = None
    effect: list[ToldEffect] = []


def sha256_of_content(content: Mapping[str, Any]) -> str:
    """Return the hash of a proposal's plain content, the hash itself left out."""
    text = json.dumps(dict(content), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def as_text(plain_values: Mapping[str, Any]) -> str:
    """Return stable JSON text: sorted keys, ended by a line break."""
    return json.dumps(dict(plain_values), sort_keys=True, indent=2, allow_nan=False) + "\n"


def propose(
    evidence: pd.DataFrame, settings: ThresholdSettings, *, scale: Scale, in_force: Thresholds,
    prior: CalibrationSettings, as_of: pd.Timestamp | None, seed: int, min_leads: int,
    n_resamples: int, min_won: int = MIN_WON,
) -> Proposal:  # fmt: skip
    """Propose thresholds from scores issued and the outcomes that matured since.

    A cut moves towards the best one as far as the evidence is sure of gaining, in whole points: not below
    `min_step_probability`, not by less than the dead band, not by more than the largest step; and (method
    `value`) only where the replay of the same leads, each worked once at its first look there, does not
    lose money for sure. The curve is the last quarter's of a line followed through the quarters, by each lead's
    best look of each quarter: a lead is worked once.

    Parameters
    ----------
    evidence
        Matured looks, scored out of time: lead_id, as_of (null without dates), order, label,
        p_issued, score. Each `as_of` must be complete: a date on which only the closed leads have
        matured shows too few leads and the wrong mix.
    prior
        Prior and drifts of the curve.
    as_of
        Day of the review: volumes weigh half per half-life before it. None: the last look.
    min_leads, min_won
        Fewer leads, or fewer won leads, are too few for any change.

    Returns
    -------
    Proposal
        ``hot`` above ``warm``, both within 0..100.
    """
    looks = Evidence.from_table(evidence, as_of=as_of, half_life_days=settings.half_life_days)
    why = refusal(looks, min_leads=min_leads, min_won=min_won)
    curve = curve_of(looks, prior) if why is None else None
    best = _optima(looks, curve, settings, scale, n_resamples=n_resamples, seed=seed, why=why)
    cuts = {
        name: judged(name, looks, best[name], settings, scale, at=getattr(in_force, name))
        for name in THRESHOLDS
    }
    hot, warm = ordered(cuts["hot"], cuts["warm"], largest=settings.largest_step_points)
    verdict = CHANGE if CHANGE in (hot.verdict, warm.verdict) else NO_CHANGE
    considered = _considered(hot, warm, verdict)
    effect, moves = _consequences(
        looks, settings, in_force, considered, n_resamples=n_resamples, seed=seed
    )
    if verdict == CHANGE and settings.method == "value":
        hot, warm = not_contradicted(
            hot, warm, _of_last_quarter(looks, settings, in_force, considered, n_resamples, seed)
        )
    verdict = CHANGE if CHANGE in (hot.verdict, warm.verdict) else NO_CHANGE
    return Proposal(
        as_of=None if as_of is None else as_of.isoformat(), method=settings.method,
        verdict=verdict, sentence=_sentence(hot, warm, verdict), hot=hot, warm=warm,
        considered=considered, curve=curve, n_leads=looks.n_leads, n_won=looks.n_won,
        n_looks=len(looks.y), effect=effect, migration=moves, settings=settings,
    )  # fmt: skip


def _optima(
    looks: Evidence, curve: Platt | None, settings: ThresholdSettings, scale: Scale, *,
    n_resamples: int, seed: int, why: str | None,
) -> dict[str, Optimum]:  # fmt: skip
    """Return the best cut for hot and warm by the method of the settings."""
    if curve is None:
        nothing = Optimum(math.nan, np.array([]), why)
        return {"hot": nothing, "warm": nothing}
    if settings.method == "capacity":
        calls = {"hot": settings.hot_calls_per_week, "warm": settings.warm_calls_per_week}
        return {
            name: cut_by_capacity(looks, per_week=each, n_resamples=n_resamples, seed=seed)
            for name, each in calls.items()
        }
    if settings.method == "precision":
        targets = {"hot": settings.hot_precision, "warm": settings.warm_precision}
        return {
            name: cut_by_precision(
                curve, looks, scale, target=each, confidence=settings.precision_confidence,
                n_draws=400, seed=seed,
            )
            for name, each in targets.items()
        }  # fmt: skip
    return {
        tier: cut_by_value(
            curve, scale, probability=settings.worth(tier), n_draws=N_DRAWS, seed=seed
        )
        for tier in THRESHOLDS
    }


def _considered(hot: Cut, warm: Cut, verdict: str) -> Thresholds | None:
    """Return the thresholds whose effect is shown, None where there is no evidence for any."""
    if verdict == CHANGE:
        return Thresholds(hot=hot.proposed, warm=warm.proposed)
    best = [
        cut.in_force if math.isnan(cut.best.value) else float(round(cut.best.value))
        for cut in (hot, warm)
    ]
    if math.isnan(hot.best.value) and math.isnan(warm.best.value):
        return None
    return Thresholds(hot=best[0], warm=best[1]) if best[0] > best[1] else None


def _consequences(
    looks: Evidence, settings: ThresholdSettings, in_force: Thresholds,
    considered: Thresholds | None, *, n_resamples: int, seed: int,
) -> tuple[tuple[Effect, ...], tuple[Move, ...]]:  # fmt: skip
    """Return effect and moves, both empty where nothing is considered."""
    if considered is None:
        return (), ()
    effect = expected_effect(
        looks, settings, in_force=in_force, considered=considered,
        n_resamples=n_resamples, seed=seed,
    )  # fmt: skip
    return effect, migration(looks, in_force=in_force, considered=considered)


def _of_last_quarter(
    looks: Evidence, settings: ThresholdSettings, in_force: Thresholds,
    considered: Thresholds | None, n_resamples: int, seed: int,
) -> tuple[Effect, ...]:  # fmt: skip
    """Return the effect on the last quarter's leads: as in the curve, an older market has no say."""
    latest = looks.rows(np.flatnonzero(looks.quarter == 0))
    return _consequences(
        latest, settings, in_force, considered, n_resamples=n_resamples, seed=seed
    )[0]


def _sentence(hot: Cut, warm: Cut, verdict: str) -> str:
    if verdict == NO_CHANGE:
        if hot.reason == warm.reason:
            return f"No change: {hot.reason}."
        return f"No change. Hot: {hot.reason}. Warm: {warm.reason}."
    return "Change. " + " ".join(
        f"{cut.tier.capitalize()} from {cut.in_force:g} to {cut.proposed:g}: {cut.reason}."
        if cut.verdict == CHANGE
        else f"{cut.tier.capitalize()} stays at {cut.in_force:g}: {cut.reason}."
        for cut in (hot, warm)
    )
