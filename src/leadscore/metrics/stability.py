"""Whether a distribution moved: PSI, beside the size it reaches by chance on so many leads.

The usual limits 0.1 and 0.25 have no error rate: they alarm often on few leads and hardly ever on
many. Here the limit follows from the number of leads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.stats import chi2

from leadscore.metrics.quality import Float

Codes = npt.NDArray[np.int64]
N_BINS = 10
_MOST_WORDS = 20
_HALF = 0.5  # added to every count, so that an empty bin costs much and not without end


@dataclass(frozen=True)
class Shift:
    """How far one distribution moved.

    Attributes
    ----------
    psi
        Sum over bins of (share now - share then) log(share now / share then); 0 is unmoved.
    bound
        PSI that chance exceeds in `1 - level` of the cases where nothing moved.
    n_then, n_now
        What the rows are worth in independent rows.
    """

    psi: float
    bound: float
    n_then: float
    n_now: float


def shift(
    then: npt.ArrayLike, now: npt.ArrayLike, *, lead_then: npt.ArrayLike, lead_now: npt.ArrayLike,
    level: float = 0.999,
) -> Shift:  # fmt: skip
    """Return PSI of two samples of codes, and its sampling bound.

    Parameters
    ----------
    then, now
        int64[n_rows] bins from 0, as `bins` makes them.
    lead_then, lead_now
        Lead of each row. Several looks at a lead are no independent rows: the bound comes from how
        shares vary when leads are drawn. Leads that are in both samples make them more alike, so it
        is rather too wide.
    level
        Share of unmoved distributions that stay below; with k of them looked at, ``1 - 0.001 / k``.

    References
    ----------
    Yurdakul and Naranjo 2020, 10.21314/JRMV.2020.227: PSI of unmoved samples is about
    ``(1/n + 1/m) chi2(bins - 1)``. Rao and Scott 1981, 10.1080/01621459.1981.10477633: second-order
    correction for rows that come in clusters.

    Examples
    --------
    >>> import numpy as np
    >>> ten = np.arange(1000) % 10
    >>> still = shift(ten, ten, lead_then=np.arange(1000), lead_now=np.arange(1000))
    >>> round(still.psi, 3), round(still.bound, 3)
    (0.0, 0.056)
    """
    a, b = np.asarray(then, dtype=np.int64), np.asarray(now, dtype=np.int64)
    if len(a) == 0 or len(b) == 0:
        raise ValueError("expected rows then and now")
    n_bins = int(max(a.max(), b.max())) + 1
    p, q = (
        (np.bincount(code, minlength=n_bins) + _HALF) / (len(code) + _HALF * n_bins)
        for code in (a, b)
    )
    psi = float(((q - p) * np.log(q / p)).sum())
    noise_a, noise_b = _noise(a, lead_then, n_bins), _noise(b, lead_now, n_bins)
    either = np.bincount(a, minlength=n_bins) + np.bincount(b, minlength=n_bins)
    scale = np.sqrt(either / either.sum())
    filled = either > 0
    weighed = [
        (v / np.outer(scale, scale).clip(1e-12))[filled][:, filled] for v in (noise_a, noise_b)
    ]
    free = max(int(filled.sum()) - 1, 1)
    n_a, n_b = (free / max(float(np.trace(v)), 1e-12) for v in weighed)
    return Shift(psi, _bound(weighed[0] + weighed[1], level), min(n_a, len(a)), min(n_b, len(b)))


def bins(then: Float, now: Float) -> tuple[Codes, Codes]:
    """Return codes of ten bins of equal mass by the first sample; missing is a bin of its own.

    Equal values share a bin, so a number with few values has fewer bins.
    """
    known = then[np.isfinite(then)]
    edges = np.unique(np.quantile(known, np.arange(1, N_BINS) / N_BINS)) if len(known) else known
    a, b = (
        np.where(np.isfinite(v), np.searchsorted(edges, v, side="left") + 1, 0) for v in (then, now)
    )
    return a.astype(np.int64), b.astype(np.int64)


def word_bins(then: Sequence[str | None], now: Sequence[str | None]) -> tuple[Codes, Codes]:
    """Return codes of the most frequent words of the first sample; all others share a bin, as do missing.

    Examples
    --------
    >>> word_bins(["a", "a", "b", None], ["b", "c"])
    (array([2, 2, 3, 0]), array([3, 1]))
    """
    before, later = (pd.Series(list(words), dtype="str") for words in (then, now))
    counts = before.value_counts()
    ranked = sorted(counts.index, key=lambda word: (-counts[word], word))[:_MOST_WORDS]
    place = {word: i + 2 for i, word in enumerate(ranked)}
    a, b = (
        words.map(place).fillna(1).mask(words.isna(), 0).to_numpy(dtype=np.int64)
        for words in (before, later)
    )
    return a, b


def _bound(noise: Float, level: float) -> float:
    """Return the quantile of a sum of squares with this covariance, by its first two moments."""
    mean, square = float(np.trace(noise)), float((noise**2).sum())
    if square <= 0:
        return 0.0
    return square / mean * float(chi2.ppf(level, mean**2 / square))


def _noise(code: Codes, lead: npt.ArrayLike, n_bins: int) -> Float:
    """Return the covariance of the bins' shares when leads are drawn anew, float64[n_bins, n_bins]."""
    ids, who = np.unique(np.asarray(lead), return_inverse=True)
    rows = np.bincount(who).astype(np.float64)
    share = np.bincount(code, minlength=n_bins) / len(code)
    counts = csr_matrix((np.ones(len(code)), (who, code)), shape=(len(ids), n_bins))
    cross = np.outer(counts.T @ rows, share)
    total = (counts.T @ counts).toarray() - cross - cross.T
    both: Float = total + np.outer(share, share) * float((rows**2).sum())
    return both / len(code) ** 2
