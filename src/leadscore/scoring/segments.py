"""Segments of leads whose probabilities do not come true: there no percentage is shown.

A level that moved for all leads is not a segment's fault: the next recalibration mends it. Judged
is what is left then. Segments of few leads are "too few", neither fit nor unfit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.drift_settings import DriftSettings
from leadscore.scoring.line import levelled, sigmoid

Float = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Holds = Literal["holds", "too high", "too low", "too few"]
_PREFIXES = ("lead_", "firm_")
_EXPECTED = 5.0  # wins, and other ends, below which a normal distribution is no likeness
_LEVEL = 0.05  # chance that any of all segments is called unfit though every one is fit


@dataclass(frozen=True)
class Unfit:
    """A segment whose probabilities are wrong by more than chance and more than a little.

    Attributes
    ----------
    column, value
        Feature and its value: leads with this value are in the segment.
    promised, won
        Mean probability at the level of all leads, and the share won.
    n, n_won
        Leads, and leads won.
    verdict
        ``too high``: the probabilities promise too much. ``too low``: too little.
    """

    column: str
    value: str
    promised: float
    won: float
    n: int
    n_won: int
    verdict: Holds

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        return cls(**plain)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def segment_columns(evidence: pd.DataFrame) -> list[str]:
    """Return the columns of the evidence whose values are segments: words about lead or firm."""
    return [
        name
        for name in evidence.columns
        if name.startswith(_PREFIXES) and isinstance(evidence[name].dtype, pd.StringDtype)
        and name != "lead_id"
    ]  # fmt: skip


def unfit_segments(
    evidence: pd.DataFrame, settings: DriftSettings, *, min_leads: int
) -> tuple[Unfit, ...]:
    """Return the segments whose probabilities do not hold, after the level common to all is mended.

    Parameters
    ----------
    evidence
        Matured looks scored out of time: lead_id, label, p_issued, and columns of segments.
    settings
        `unfit_ratio`: wins over expected wins that are still no fault, either way.
    min_leads
        Smaller segments are too few.

    Returns
    -------
    Segments with wins beyond `unfit_ratio` times (or under one over it) the expected ones by more
    than chance, all segments considered together (Bonferroni, 5 %); worst first.
    """
    if not len(evidence) or evidence["label"].nunique() < 2:
        return ()
    y = evidence["label"].to_numpy(dtype=np.float64)
    p = sigmoid(levelled(evidence["p_issued"].to_numpy(dtype=np.float64), y))
    lead = evidence["lead_id"].astype(object).to_numpy()
    asked = [
        (column, value, inside)
        for column, value, inside in _segments(evidence)
        if _is_enough(p[inside], lead[inside], min_leads=min_leads)
    ]
    limit = NormalDist().inv_cdf(1 - _LEVEL / 2 / max(len(asked), 1))
    found = []
    for column, value, inside in asked:
        verdict = verdict_of(
            y[inside], p[inside], lead[inside], limit=limit, ratio=settings.unfit_ratio
        )
        if verdict in ("too high", "too low"):
            won = inside & (y == 1)
            found.append(
                Unfit(column, value, float(p[inside].mean()), float(y[inside].mean()),
                      len(set(lead[inside])), len(set(lead[won])), verdict)
            )  # fmt: skip
    return tuple(sorted(found, key=lambda u: (-abs(np.log((u.won + 1e-9) / u.promised)), u.column)))


def verdict_of(y: Float, p: Float, lead: npt.ArrayLike, *, limit: float, ratio: float) -> Holds:
    """Say whether wins are what probabilities promised.

    Parameters
    ----------
    limit
        Standard errors that are still chance.
    ratio
        Wins over expected wins that are still no fault; 1 asks for any difference.

    Returns
    -------
    ``too low`` where more was won than `ratio` times the expected wins explain, ``too high`` where
    less than one over `ratio` times, else ``holds``.
    """
    won = float(y.sum())
    for q, sign, word in ((np.minimum(p * ratio, 1), 1, "too low"), (p / ratio, -1, "too high")):
        error = np.sqrt(variance_of_wins(q, lead))
        if sign * (won - float(q.sum())) > limit * error:
            return word  # type: ignore[return-value]  # one of the literals above
    return "holds"


def variance_of_wins(p: Float, lead: npt.ArrayLike) -> float:
    """Return the variance of the number of won looks if `p` is right and a lead's looks share its outcome.

    Two looks at a lead are both won with the smaller probability of the two, which is the most they
    can share: the variance is right or too large.

    Examples
    --------
    >>> variance_of_wins(np.array([0.5, 0.5]), ["a", "b"]), variance_of_wins(np.array([0.5, 0.5]), ["a", "a"])
    (0.5, 1.0)
    """
    code = np.unique(np.asarray(lead), return_inverse=True)[1]
    best = np.lexsort((-p, code))
    c, q = code[best], p[best]
    first = np.flatnonzero(np.concatenate([[True], c[1:] != c[:-1]]))
    place = np.arange(len(c)) - np.repeat(first, np.bincount(c))
    # Best first, the k-th look is the smaller of 2 k + 1 ordered pairs.
    both = float((q * (2 * place + 1)).sum())
    return max(both - float((np.bincount(code, p) ** 2).sum()), 0.0)


def unfit_of(manifest: Mapping[str, Any]) -> tuple[Unfit, ...]:
    """Return the unfit segments that a bundle's manifest tells; none where it does not tell."""
    return tuple(Unfit.from_dict(segment) for segment in manifest.get("unfit", ()))


def is_unfit(looks: pd.DataFrame, unfit: Iterable[Unfit]) -> Mask:
    """Return which looks lie in an unfit segment: for these no percentage is shown.

    A segment's column that is missing here, holds nobody.
    """
    out = np.zeros(len(looks), dtype=np.bool_)
    for segment in unfit:
        if segment.column in looks.columns:
            out |= (looks[segment.column].astype("str") == segment.value).to_numpy(dtype=np.bool_)
    return out


def _segments(evidence: pd.DataFrame) -> list[tuple[str, str, Mask]]:
    return [
        (column, str(value), (evidence[column] == value).to_numpy(dtype=np.bool_))
        for column in segment_columns(evidence)
        for value in sorted(evidence[column].dropna().unique())
    ]


def _is_enough(p: Float, lead: npt.NDArray[np.object_], *, min_leads: int) -> bool:
    wins = min(float(p.sum()), float((1 - p).sum()))
    n, rows = len(set(lead)), len(p)
    return n >= min_leads and wins * n / rows >= _EXPECTED
