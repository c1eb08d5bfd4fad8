"""Is it worth to learn from looks whose horizon is not over? Five labels, the same small LightGBM.

`mature`: looks whose horizon is over, won or not (`label.immature: left_out`). `hazard`: every look, cut
into periods as far as it was observed; per period none, won or lost; the chance of a win within the
horizon is the sum over periods of surviving so far times winning then. `weighted`: every look whose
answer is known, each weighing one over the share of looks observed as long (inverse probability of
censoring). `imputed`: a hazard model says what the looks that are not over yet would have become, and
the plain binary trees learn from its chances (cross-entropy). `inferred`: the same, by Bayes' rule from
a model of the answered looks and the days without outcome (`label.immature: inferred`). All are fitted at
several cut-off dates with what was known then, stopped and recalibrated alike, and judged on the looks
after the cut.

    python -m benchmarks.hazard_labels demo bpic2012 --periods 6 --repeats 3
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.hazard_rows import ROWS, STEP, Known, Rows, chances, imputed_rows, inferred_rows
from benchmarks.real_sets import ROOT, prepared
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.params import load_settings
from leadscore.domain.settings import Settings
from leadscore.history.episodes import Closings
from leadscore.history.features import Feature
from leadscore.history.log import DAY, to_seconds
from leadscore.metrics import Figure, brier, log_loss, paired_difference, roc_auc
from leadscore.scoring.calibration import fit_platt, log_odds, sigmoid
from leadscore.scoring.encoder import Encoder

Float = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
LABELS = (*ROWS, "imputed", "inferred")
METRICS = (("log loss", log_loss, True), ("Brier", brier, True), ("ROC AUC", roc_auc, False))
SIZES = {"demo": (500, 1_500, 5_000), "bpic2012": (750, 1_500, 3_000)}  # leads known at the cut
MAX_ROUNDS, N_CUTS, MAX_TEST_LEADS = 300, 4, 4_000


@dataclass(frozen=True)
class Market:
    """Looks with features, and for each the days until its first outcome (inf: none known)."""

    looks: pd.DataFrame
    features: list[Feature]
    settings: Settings
    day: Float
    wait: Float
    won: Mask
    last_day: float

    @property
    def horizon(self) -> int:
        """The horizon in force, days."""
        return self.settings.label.horizon_days


def market(workspace: Workspace, settings: Settings) -> Market:
    """Read a workspace whose snapshots are taken."""
    looks = workspace.table("snapshots", "snapshots")
    closings = Closings.of(workspace.table("tables", "outcomes"))
    as_of = to_seconds(looks["as_of"])
    closed, won = closings.after(looks["lead_id"], as_of)
    last = workspace.observed_until().timestamp()
    closed = np.where(closed <= last, closed, np.inf)
    return Market(looks, workspace.features(), settings, as_of / DAY, (closed - as_of) / DAY, won,
                  last / DAY)  # fmt: skip


def known(m: Market, rows: Codes, encoder: Encoder, cut: float) -> Known:
    """Return looks as they were known at a day: what happened later is not known yet."""
    seen = cut - m.day[rows]
    wait = np.where(m.wait[rows] <= seen, m.wait[rows], np.inf)
    return Known(encoder.matrix(m.looks.iloc[rows]), wait, m.won[rows] & np.isfinite(wait), seen)


def boosted(label: str, rows: Rows, m: Market, encoder: Encoder, *, rounds: int) -> lgb.Booster:
    """Fit the small LightGBM of the settings."""
    s, names = m.settings.model, list(encoder.names)
    several: dict[str, object] = {
        "hazard": {"objective": "multiclass", "num_class": 3},
        "imputed": {"objective": "cross_entropy"},
        "inferred": {"objective": "cross_entropy"},
    }.get(label, {})
    parameters = {
        "objective": "binary", "num_leaves": s.num_leaves, "learning_rate": s.learning_rate,
        "min_data_in_leaf": s.min_child_samples, "bagging_fraction": s.subsample,
        "bagging_freq": 1, "feature_fraction": s.colsample, "lambda_l2": s.reg_lambda,
        "cat_smooth": s.cat_smooth, "seed": m.settings.seed, "num_threads": 1,
        "deterministic": True, "force_row_wise": True, "verbosity": -1, **several,
    }  # fmt: skip
    table = lgb.Dataset(
        rows.x, label=rows.target, weight=rows.weight, params={"verbosity": -1},
        feature_name=[*names, "period"] if label == "hazard" else names,
        categorical_feature=encoder.categorical,
    )  # fmt: skip
    return lgb.train(parameters, table, num_boost_round=rounds)


@dataclass(frozen=True)
class Answer:
    """Probabilities of the test looks, raw and recalibrated; CPU seconds of fitting; rounds."""

    raw: Float
    p: Float
    cpu: float
    rounds: int
    n_rows: int


def answer(
    label: str, m: Market, leads: Mask, test: Codes, *,
    cut: float, n_periods: int, teacher_rounds: int = 0,
) -> Answer:  # fmt: skip
    """Stop and calibrate on looks that matured by the cut, refit with all that was known, predict."""
    earlier = cut - m.horizon - width(m)
    fit = np.flatnonzero(leads & (m.day < earlier))
    later = np.flatnonzero(leads & (m.day >= earlier) & (m.day <= cut - m.horizon))
    every = np.flatnonzero(leads & (m.day < cut))
    f = m.settings.features
    start = time.process_time()
    encoder = Encoder.learn(
        m.looks.iloc[fit], m.features, min_rows=f.min_level_rows, max_levels=f.max_levels
    )
    teach = partial(rows_of, label, m, encoder, n_periods=n_periods, teacher_rounds=teacher_rounds)
    rows = teach(known(m, fit, encoder, earlier))
    booster = boosted(label, rows, m, encoder, rounds=MAX_ROUNDS)
    ripe = known(m, later, encoder, cut)
    y = (ripe.won & (ripe.wait <= m.horizon)).astype(float)
    tried = list(chances(label, booster, ripe.x, n_periods))
    losses = [_shifted_loss(p, y) for p in tried]
    best = int(np.argmin(losses))
    c = m.settings.calibration
    lead_id = m.looks["lead_id"].to_numpy(dtype=object)[later]
    platt = fit_platt(
        tried[best], y, slope_sd=c.slope_sd, intercept_sd=c.intercept_sd, cluster=lead_id
    )
    rounds = round((best + 1) * STEP * m.settings.model.refit_factor)
    rows = teach(known(m, every, encoder, cut))
    booster = boosted(label, rows, m, encoder, rounds=rounds)
    cpu = time.process_time() - start
    raw = list(chances(label, booster, encoder.matrix(m.looks.iloc[test]), n_periods))[-1]
    return Answer(raw, platt.apply(raw), cpu, rounds, len(rows.x))


def rows_of(
    label: str, m: Market, encoder: Encoder, k: Known, *, n_periods: int, teacher_rounds: int
) -> Rows:
    """Return the rows of a label; those of `imputed` need a hazard model fitted on the same looks."""
    if label == "inferred":
        rows = ROWS["weighted"](k, m.horizon, n_periods)
        teacher = boosted("weighted", rows, m, encoder, rounds=teacher_rounds)
        return inferred_rows(k, np.asarray(teacher.predict(k.x)), m.horizon)
    if label != "imputed":
        return ROWS[label](k, m.horizon, n_periods)
    rows = ROWS["hazard"](k, m.horizon, n_periods)
    teacher = boosted("hazard", rows, m, encoder, rounds=teacher_rounds)
    return imputed_rows(k, teacher, m.horizon, n_periods)


def _shifted_loss(p: Float, y: Float) -> float:
    """Log loss after the best shift of the log-odds, as the product stops its trees."""
    z, shift = log_odds(p), 0.0
    for _ in range(4):
        q = sigmoid(z + shift)
        shift -= float((q - y).sum() / max(float((q * (1 - q)).sum()), 1e-9))
    return float(np.mean(np.logaddexp(0.0, z + shift) - y * (z + shift)))


def width(m: Market) -> float:
    """Days of the calibrate and of the test window: half a horizon, or a third of one in short logs."""
    span = m.last_day - m.day.min()
    return m.horizon / (2 if span > 8 * m.horizon else 3)


def cuts(m: Market) -> list[float]:
    """Cut-off days: late enough to have matured looks, early enough for the test looks to mature."""
    first = m.day.min() + 2 * m.horizon + 2.5 * width(m)
    last = m.last_day - m.horizon - width(m)
    return [float(c) for c in np.linspace(first, last, N_CUTS)]


@dataclass(frozen=True)
class Line:
    """One metric of one rival against `mature`: pooled test looks of all cuts and repeats.

    `difference` is rival minus mature, its interval over leads; `raw` the same before recalibration;
    `better` in how many of the cuts and repeats the rival is better; CPU seconds are of one training.
    """

    name: str
    leads: int
    rival: str
    metric: str
    mature: float
    value: float
    difference: Figure
    raw: float
    better: str
    cpu_mature: float
    cpu_rival: float

    def __str__(self) -> str:
        """Return a row of a Markdown table."""
        d = self.difference
        return (
            f"| {self.name} | {self.leads:,} | {self.rival} | {self.metric} | {self.mature:.4f} "
            f"| {self.value:.4f} | {d.value:+.4f} [{d.low:+.4f}, {d.high:+.4f}] | {self.raw:+.4f} "
            f"| {self.better} | {self.cpu_mature:.1f} | {self.cpu_rival:.1f} |"
        )


@dataclass(frozen=True)
class Trial:
    """One cut and repeat: outcomes and leads of its test looks, and each label's answer."""

    y: Float
    lead: Codes
    answers: dict[str, Answer]


def trials(m: Market, size: int, *, n_periods: int, repeats: int) -> Iterator[Trial]:
    """Yield a trial for each cut and repeat: `size` leads known at the cut, test looks after it."""
    ids, code = np.unique(m.looks["lead_id"].to_numpy(dtype=object), return_inverse=True)
    for cut in cuts(m):
        for repeat in range(repeats):
            chance = np.random.default_rng([m.settings.seed, int(cut), repeat])
            there = np.unique(code[m.day < cut])
            chosen = np.isin(code, chance.choice(there, min(size, len(there)), replace=False))
            judged = np.isin(code, chance.permutation(len(ids))[:MAX_TEST_LEADS])
            test = np.flatnonzero(judged & (m.day >= cut) & (m.day < cut + width(m)))
            answers: dict[str, Answer] = {}
            for label in LABELS:
                teacher = {"imputed": "hazard", "inferred": "weighted"}.get(label)
                rounds = answers[teacher].rounds if teacher else 0
                answers[label] = answer(
                    label, m, chosen, test, cut=cut, n_periods=n_periods, teacher_rounds=rounds
                )
            y = (m.won[test] & (m.wait[test] <= m.horizon)).astype(float)
            yield Trial(y, code[test], answers)


def compared(name: str, m: Market, size: int, tried: list[Trial], rival: str) -> Iterator[Line]:
    """Yield a line for each metric."""
    y = np.concatenate([t.y for t in tried])
    lead = np.concatenate([t.lead for t in tried])
    a, b = ([t.answers[label] for t in tried] for label in (rival, "mature"))
    pooled_a, pooled_b = (np.concatenate([one.p for one in every]) for every in (a, b))
    raw_a, raw_b = (np.concatenate([one.raw for one in every]) for every in (a, b))
    for word, metric, lower in METRICS:
        difference = paired_difference(
            metric, y, pooled_a, pooled_b, lower_is_better=lower, cluster=lead,
            n_resamples=m.settings.review.bootstrap, seed=m.settings.seed,
        )  # fmt: skip
        better = [
            (metric(t.y, t.answers[rival].p) < metric(t.y, t.answers["mature"].p)) == lower
            for t in tried
        ]
        yield Line(
            name, size, rival, word, metric(y, pooled_b), metric(y, pooled_a),
            difference.figure, metric(y, raw_a) - metric(y, raw_b),
            f"{sum(better)}/{len(better)}",
            float(np.mean([one.cpu for one in b])), float(np.mean([one.cpu for one in a])),
        )  # fmt: skip


def opened(name: str, root: Path) -> Market:
    """Return a set: the project's own workspace for the demo, else taken anew below `root`."""
    if name == "demo":
        return market(Workspace(ROOT, ROOT), load_settings(ROOT / "params.yaml"))
    return market(*prepared(name, root))


def main() -> int:
    """Measure the asked sets and print a Markdown table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("sets", nargs="*", default=list(SIZES), choices=[*SIZES])
    asked.add_argument("--periods", type=int, default=6)
    asked.add_argument("--repeats", type=int, default=3)
    asked.add_argument("--sizes", type=int, nargs="*", help="leads known at the cut")
    chosen = asked.parse_args()
    print("| set | leads | label | metric | mature | value | difference | raw | better in "
          "| CPU s mature | CPU s |\n|---|---|---|---|---|---|---|---|---|---|---|")  # fmt: skip
    for name in chosen.sets:
        with tempfile.TemporaryDirectory() as root:
            m = opened(name, Path(root))
        for size in chosen.sizes or SIZES[name]:
            tried = list(trials(m, size, n_periods=chosen.periods, repeats=chosen.repeats))
            for rival in LABELS[1:]:
                for line in compared(name, m, size, tried, rival):
                    print(line, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
