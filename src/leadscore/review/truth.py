"""Scores against the truth of a simulated world: by how much probabilities are wrong, by decile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadscore.metrics import Figure, log_loss, roc_auc

N_DECILES = 10


@dataclass(frozen=True)
class AgainstTruth:
    """How the issued probabilities stand to the true ones.

    Attributes
    ----------
    error
        Mean over deciles of |mean issued - mean true probability|, lower is better, in [0, 1].
    deciles
        decile, n_looks, mean_issued, mean_true, won: one row per tenth of the issued probability.
    log_loss_issued, log_loss_truth, auc_issued, auc_truth
        On the outcomes: ours, and what the true probability itself would reach.
    """

    error: Figure
    deciles: pd.DataFrame
    log_loss_issued: float
    log_loss_truth: float
    auc_issued: float
    auc_truth: float


def against_truth(
    evidence: pd.DataFrame, truth: pd.DataFrame, *, n_resamples: int, seed: int
) -> AgainstTruth:
    """Join scored looks with their true probability and measure the gap.

    Parameters
    ----------
    evidence
        lead_id, as_of, label, p_issued: looks scored out of time.
    truth
        lead_id, as_of, p_won.

    Raises
    ------
    ValueError
        No look has a known truth.
    """
    joined = evidence.merge(truth, on=["lead_id", "as_of"], how="inner", validate="one_to_one")
    if joined.empty:
        raise ValueError("no look of the evidence has a known truth")
    p, true = joined["p_issued"].to_numpy(), joined["p_won"].to_numpy()
    y = joined["label"].to_numpy()
    decile = np.minimum(
        (pd.Series(p).rank(method="first").to_numpy() - 1) * N_DECILES // len(p), 9
    ).astype(int)
    code, _ = pd.factorize(joined["lead_id"])
    n_leads = int(code.max()) + 1
    draws = _resampled_errors(p - true, decile, code, n_leads, n_resamples=n_resamples, seed=seed)
    low, high = np.percentile(draws, [2.5, 97.5])
    gap = _error(p - true, decile, np.ones(len(p)))
    rows = joined.assign(decile=decile + 1).groupby("decile")
    deciles = rows.agg(
        n_looks=("p_issued", "size"),
        mean_issued=("p_issued", "mean"),
        mean_true=("p_won", "mean"),
        won=("label", "mean"),
    ).reset_index()
    return AgainstTruth(
        Figure(gap, float(low), float(high), n_leads, int(joined.loc[y == 1, "lead_id"].nunique())),
        deciles,
        log_loss(y, p),
        log_loss(y, true),
        roc_auc(y, p),
        roc_auc(y, true),
    )


def _error(gap: np.ndarray, decile: np.ndarray, weight: np.ndarray) -> float:
    sums = np.bincount(decile, gap * weight, minlength=N_DECILES)
    mass = np.bincount(decile, weight, minlength=N_DECILES)
    return float(np.mean(np.abs(sums[mass > 0] / mass[mass > 0])))


def _resampled_errors(
    gap: np.ndarray,
    decile: np.ndarray,
    code: np.ndarray,
    n_leads: int,
    *,
    n_resamples: int,
    seed: int,
) -> np.ndarray:
    generator = np.random.default_rng(seed)
    draws = np.empty(n_resamples)
    for i in range(n_resamples):
        times = np.bincount(generator.integers(0, n_leads, n_leads), minlength=n_leads)
        draws[i] = _error(gap, decile, times[code].astype(float))
    return draws
