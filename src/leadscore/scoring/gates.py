"""Who leads: the gates a model passes before its score is the score. Below them the grid leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.domain.settings import GateSettings
from leadscore.metrics import calibration_line, log_loss, paired_difference

Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Gate:
    """One gate: what it asks, whether it is passed, and the evidence in words."""

    gate: str
    passed: bool
    evidence: str


@dataclass(frozen=True)
class Verdict:
    """Who leads and why: every gate in order."""

    opinion: str
    gates: tuple[Gate, ...]


def judge(
    y: Float,
    p_model: Float | None,
    p_grid: Float,
    p_base: Float,
    *,
    why_no_model: str | None,
    lead_id: npt.NDArray[np.object_],
    settings: GateSettings,
    n_resamples: int,
    seed: int,
) -> Verdict:
    """Judge the opinions on the later window, which none of them has seen.

    Parameters
    ----------
    y
        float64[n] labels of the test window.
    p_model, p_grid, p_base
        Probabilities out of time; `p_model` None where no model could be fitted, with the reason.
    lead_id
        Cluster of each row: intervals resample leads, not rows.

    Returns
    -------
    Verdict with opinion ``model``, ``grid`` or ``base_rate``.
    """
    won_leads = len(set(lead_id[y == 1]))
    gates = [
        Gate(
            "enough won leads",
            won_leads >= settings.min_won,
            f"{won_leads} won leads in the test window, {settings.min_won} needed",
        )
    ]

    def loses_less(name: str, p: Float, rival: Float, probability: float) -> Gate:
        found = paired_difference(
            log_loss, y, p, rival,
            lower_is_better=True, cluster=lead_id, n_resamples=n_resamples, seed=seed,
        )  # fmt: skip
        gap = found.figure
        return Gate(
            name,
            found.p_a_better >= probability,
            f"log loss {gap.value:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}] against it, probability of "
            f"less {found.p_a_better:.3f}, {probability:g} needed; {gap.n} leads, {gap.n_won} won",
        )

    if p_model is None:
        gates.append(Gate("a model could be fitted", False, str(why_no_model)))
    else:
        need = settings.min_gain_probability
        gates.append(loses_less("model beats the base rate", p_model, p_base, need))
        gates.append(loses_less("model beats the grid", p_model, p_grid, need))
        gates.append(_slope(y, p_model, settings))
    if all(g.passed for g in gates):
        return Verdict("model", tuple(gates))
    fallback = loses_less("grid beats the base rate", p_grid, p_base, 0.5)
    return Verdict("grid" if fallback.passed else "base_rate", (*gates, fallback))


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
