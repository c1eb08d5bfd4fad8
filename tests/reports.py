"""Inputs of the report page, and leads whose thresholds can be tried on it."""

import dataclasses

import numpy as np
import pandas as pd

from leadscore.domain.settings import (
    CalibrationSettings,
    Thresholds,
    ThresholdSettings,
)
from leadscore.history.leakage.gate import Finding
from leadscore.metrics import rate
from leadscore.review.charts import TopFeature
from leadscore.review.comparison import compare
from leadscore.review.proposal import propose
from leadscore.review.report import ReportInputs
from leadscore.review.what_if import what_if
from leadscore.scoring.gates import Gate
from leadscore.scoring.scale import Scale
from tests import fakes

SCALE = Scale(points_to_double=10, anchor_probability=0.2)
AT = Thresholds(hot=70.0, warm=50.0)
REVIEW = fakes.settings(review={"min_leads": 5, "bands": [50.0, 70.0], "bootstrap": 100}).review
PRIOR = CalibrationSettings(
    slope_sd=0.3, intercept_sd=1.0, grid_slope_sd=1.0, half_life_days=90.0,
    tried_persistence=[1.0], tried_slope_drift=[0.05], tried_level_drift=[0.1],
)  # fmt: skip
SETTINGS = ThresholdSettings(
    initial=AT, method="value", win_value_eur=1000.0, call_cost_eur=500.0, nurture_cost_eur=200.0,
    hot_calls_per_week=1.0, warm_calls_per_week=2.0, hot_precision=0.5, warm_precision=0.25,
    precision_confidence=0.9, dead_band_points=3.0, half_life_days=90.0,
    min_step_probability=0.7, largest_step_points=20.0,
)  # fmt: skip
EVIL = "<script>alert('x')</script>"


def evidence(n=300, *, dated=True):
    """Leads with one look each, won as often as their score says."""
    generator = np.random.default_rng(1)
    score = generator.uniform(20, 90, n)
    p = SCALE.probability(score)
    order = np.sort(generator.integers(0, 200, n)) * 86_400
    return pd.DataFrame(
        {
            "lead_id": [f"secret-{i}" for i in range(n)],
            "as_of": pd.to_datetime(order, unit="s", utc=True) if dated else pd.NaT,
            "order": order if dated else np.arange(n),
            "label": (generator.random(n) < p).astype(float),
            "p_issued": p, "score": score, "p_model": p, "p_base": p.mean(),
            "p_grid": np.clip(p + generator.normal(0, 0.1, n), 0.01, 0.99),
            "window": np.where(np.arange(n) < n // 2, "calibrate", "test"),
        }
    )  # fmt: skip


def looked_at_again(n=400, *, dated=True, seed=3):
    """Leads with one to four looks over twelve weeks; scores move, and an early look may have no win."""
    generator = np.random.default_rng(seed)
    lead = np.repeat(np.arange(n), generator.integers(1, 5, n))
    usual = generator.normal(52, 15, n)
    score = np.clip(usual[lead] + generator.normal(0, 6, len(lead)), 0, 100)
    week = generator.integers(0, 12, len(lead))
    won = (generator.random(n) < SCALE.probability(np.clip(usual, 0, 100)))[lead] & (week > 1)
    table = evidence(len(lead), dated=dated)
    order = week * 7 * 86_400 + 3_600
    p = SCALE.probability(score)
    return table.assign(
        lead_id=[f"secret-{i}" for i in lead], order=order if dated else np.arange(len(lead)),
        as_of=pd.to_datetime(order, unit="s", utc=True) if dated else pd.NaT,
        label=won.astype(float), score=score, p_issued=np.clip(p, 0.001, 0.999),
    )  # fmt: skip


def proposed(looks, *, in_force=AT):
    return propose(
        looks, SETTINGS, scale=SCALE, in_force=in_force, prior=PRIOR, as_of=None, seed=1,
        min_leads=5, n_resamples=100,
    )  # fmt: skip


def with_what_if(looks, *, in_force=AT, review=REVIEW):
    """Inputs of a page on which thresholds can be tried, where the evidence allows it."""
    proposal = proposed(looks, in_force=in_force)
    tried = what_if(looks, proposal, review, in_force=in_force, seed=1)
    return report_inputs(looks, proposal=proposal.to_dict(), what_if=tried)


def report_inputs(looks, **changes):
    proposal = proposed(looks)
    inputs = ReportInputs(
        source="demo", title="Lead scores", as_of="2026-01-01", opinion="model",
        gates=[Gate("enough won leads", True, "60 won"), Gate("beats the grid", False, EVIL)],
        comparison=compare(looks, fit_rate=rate(60, 300), review=REVIEW, thresholds=AT, seed=1),
        proposal=proposal.to_dict(),
        leakage=[Finding("tags", "answers alone", f"AUC 0.99 {EVIL}", "excluded")],
        features=[TopFeature("f", f"pricing {EVIL}", 2.0)],
        counts=[("leads read", 12_345), ("rows refused", 7)],
        warnings=["a warning"], unchecked=["no dates: no order could be checked"],
        bundle_sha256="ab" * 32, settings_sha256="cd" * 32,
    )  # fmt: skip
    return dataclasses.replace(inputs, **changes)
