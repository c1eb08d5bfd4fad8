"""Who leads: the gates a model passes before its score is the score. Below them the grid leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from leadscore.domain.settings import GateSettings
from leadscore.metrics import Difference, calibration_line, log_loss, paired_difference

Float = npt.NDArray[np.float64]
Opinion = Literal["model", "grid", "base_rate"]


@dataclass(frozen=True)
class Gate:
    """One gate: what it asks, whether it is passed, and the evidence in words."""

    gate: str
    passed: bool
    evidence: str


@dataclass(frozen=True)
class Verdict:
    """Who leads and why: every gate in order."""

    opinion: Opinion
    gates: tuple[Gate, ...]


@dataclass(frozen=True)
class Opinions:
    """The opinions on the later window, which none of them has seen.

    Attributes
    ----------
    y
        float64[n] labels.
    model, grid, base
        Probabilities out of time; `model` None where none could be fitted, with `why_no_model`.
    lead_id
        Cluster of each row: intervals resample leads, not rows.
    """

    y: Float
    model: Float | None
    grid: Float
    base: Float
    lead_id: npt.NDArray[np.object_]
    why_no_model: str | None = None


def judge(opinions: Opinions, settings: GateSettings, *, n_resamples: int, seed: int) -> Verdict:
    """Pass the opinions through the gates and say who leads.

    Returns
    -------
    Verdict with opinion ``model``, ``grid`` or ``base_rate``.
    """
    won_leads = len(set(opinions.lead_id[opinions.y == 1]))
    told = f"{won_leads} won leads in the test window, {settings.min_won} needed"
    gates = [Gate("enough won leads", won_leads >= settings.min_won, told)]

    def loses_less(name: str, p: Float, rival: Float, need: float) -> Gate:
        found = paired_difference(
            log_loss, opinions.y, p, rival, lower_is_better=True, cluster=opinions.lead_id,
            n_resamples=n_resamples, seed=seed,
        )  # fmt: skip
        return _gain(name, found, need)

    if opinions.model is None:
        gates.append(Gate("a model could be fitted", False, str(opinions.why_no_model)))
    else:
        need = settings.min_gain_probability
        gates.append(loses_less("model beats the base rate", opinions.model, opinions.base, need))
        gates.append(loses_less("model beats the grid", opinions.model, opinions.grid, need))
        gates.append(_slope(opinions.y, opinions.model, settings))
    if all(g.passed for g in gates):
        return Verdict("model", tuple(gates))
    fallback = loses_less("grid beats the base rate", opinions.grid, opinions.base, 0.5)
    return Verdict("grid" if fallback.passed else "base_rate", (*gates, fallback))


def _gain(name: str, found: Difference, need: float) -> Gate:
    gap = found.figure
    return Gate(
        name,
        found.p_a_better >= need,
        f"log loss {gap.value:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}] against it, probability of "
        f"less {found.p_a_better:.3f}, {need:g} needed; {gap.n} leads, {gap.n_won} won",
    )


def _slope(y: Float, p: Float, settings: GateSettings) -> Gate:
    low, high = settings.slope_range
    slope = calibration_line(y, p)[0]
    return Gate(
        "calibration slope in range",
        bool(low <= slope <= high),
        f"slope {slope:.2f}, allowed {low:g} to {high:g}, n = {len(y)}",
    )


def summary(gates: Sequence[Gate]) -> str:
    """Return the failed gates in one sentence, or that all are passed."""
    failed = [f"{g.gate}: {g.evidence}" for g in gates if not g.passed]
    return "all gates passed" if not failed else "not passed: " + "; ".join(failed)
