"""Who leads: the gates a model passes before its score is the score. Below them the grid leads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from leadscore.domain.settings import GateSettings
from leadscore.metrics import Difference, calibration_line, log_loss, paired_difference
from leadscore.scoring.line import levelled, sigmoid

Float = npt.NDArray[np.float64]
Against = Callable[[Float, Float], Difference]
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

    The model must beat the base rate twice: by what each said, and with both at the window's own share
    of wins. Whoever happened to expect more of a market that rose has told no leads apart. And by so much
    that it matters: with enough leads a gain of nothing is certain too.

    Returns
    -------
    Verdict with opinion ``model``, ``grid`` or ``base_rate``.
    """
    won_leads = len(set(opinions.lead_id[opinions.y == 1]))
    told = f"{won_leads} won leads in the test window, {settings.min_won} needed"
    gates = [Gate("enough won leads", won_leads >= settings.min_won, told)]
    against = partial(_against, opinions.y, opinions.lead_id, n_resamples=n_resamples, seed=seed)
    if opinions.model is None:
        gates.append(Gate("a model could be fitted", False, str(opinions.why_no_model)))
    else:
        need = settings.min_gain_probability
        gates.append(_ranks(opinions.y, opinions.model, opinions.base, against, settings))
        gates.append(_gain("model beats the grid", against(opinions.model, opinions.grid), need))
        gates.append(_slope(opinions.y, opinions.model, settings))
    if all(g.passed for g in gates):
        return Verdict("model", tuple(gates))
    fallback = _gain("grid beats the base rate", against(opinions.grid, opinions.base), 0.5)
    return Verdict("grid" if fallback.passed else "base_rate", (*gates, fallback))


def without_model(opinions: Opinions, *, n_resamples: int, seed: int) -> Opinion:
    """Return who leads where no model does: the grid if it beats the base rate, else the base rate."""
    against = partial(_against, opinions.y, opinions.lead_id, n_resamples=n_resamples, seed=seed)
    better = _gain("grid beats the base rate", against(opinions.grid, opinions.base), 0.5)
    return "grid" if better.passed else "base_rate"


def _against(
    y: Float,
    lead_id: npt.NDArray[np.object_],
    p: Float,
    rival: Float,
    *,
    n_resamples: int,
    seed: int,
) -> Difference:
    return paired_difference(
        log_loss, y, p, rival, lower_is_better=True, cluster=lead_id,
        n_resamples=n_resamples, seed=seed,
    )  # fmt: skip


def _ranks(y: Float, p: Float, base: Float, against: Against, settings: GateSettings) -> Gate:
    z, level = levelled(p, y), levelled(base, y)
    said, alike = against(p, base), against(sigmoid(z), sigmoid(level))
    is_said = alike.p_a_better >= said.p_a_better and alike.figure.value <= said.figure.value
    found, where = (said, "") if is_said else (alike, ", both set to the window's share of wins")
    least = settings.min_gain_share * float(np.mean(np.logaddexp(0.0, level) - y * level))
    where += f", {-least:+.4f} at least"
    name = "model beats the base rate"
    return _gain(name, found, settings.min_gain_probability, where=where, least=least)


def _gain(
    name: str, found: Difference, need: float, *, where: str = "", least: float = 0.0
) -> Gate:
    gap = found.figure
    return Gate(
        name,
        found.p_a_better >= need and -gap.value >= least,
        f"log loss {gap.value:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}] against it{where}, probability "
        f"of less {found.p_a_better:.3f}, {need:g} needed; {gap.n} leads, {gap.n_won} won",
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
