"""How the label depends on the horizon: what a shorter or longer one would know, win and miss.

It measures the looks and outcomes that are there; it recommends nothing and changes no label.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.history.episodes import Closings
from leadscore.history.labels import Several, deciding
from leadscore.history.log import DAY, Float, Int, Mask, to_seconds
from leadscore.metrics import Figure, Resamples, without_interval


@dataclass(frozen=True)
class HorizonRow:
    """One horizon, counted on the same looks as all others.

    Attributes
    ----------
    horizon_days, is_in_force
        The horizon, and whether it is the one of the settings.
    mature_looks, leads, won_looks
        Looks whose horizon is over at the export, the leads behind them, and those that are won.
    base_rate
        Share of mature looks that are won, with its interval over leads.
    caught_share
        Of all looks followed by a known win, the share won within the horizon; None without wins. An
        upper bound: later wins of young leads are not known yet.
    blind_days
        Days between the last look that can be learned from and the export; None without one.
    """

    horizon_days: int
    is_in_force: bool
    mature_looks: int
    leads: int
    won_looks: int
    base_rate: Figure
    caught_share: float | None
    blind_days: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"base_rate": self.base_rate.to_dict()}


@dataclass(frozen=True)
class HorizonCounts:
    """What the looks at some leads add to the table; each lead's looks must be counted together.

    Attributes
    ----------
    days
        Horizons, ascending.
    n_looks, n_won
        float64[n_horizons, n_leads]: mature looks at each lead, and those that are won.
    n_caught
        int64[n_horizons]: looks won within the horizon, mature or not.
    n_known_wins
        Looks followed by a win before the export.
    latest
        int64[n_horizons]: the last mature look, epoch seconds; -1 for none.
    """

    days: tuple[int, ...]
    n_looks: Float
    n_won: Float
    n_caught: Int
    n_known_wins: int
    latest: Int


def horizon_counts(
    looks: pd.DataFrame,
    outcomes: pd.DataFrame,
    *,
    until: pd.Timestamp,
    days: Iterable[int],
    several: Several,
) -> HorizonCounts:
    """Count what each horizon would know of all looks at some leads.

    Parameters
    ----------
    looks
        Columns lead_id, as_of; grain (lead_id, as_of). Looks without dates have no horizon and are
        not counted; labels are not read.
    outcomes
        Table of `domain.schemas`.
    until
        Moment of the export (UTC).
    """
    dated = looks.loc[looks["as_of"].notna()]
    as_of = to_seconds(dated["as_of"])
    end = int(until.timestamp()) if len(dated) else 0
    closed, won = deciding(Closings.of(outcomes), dated["lead_id"], as_of, several=several)
    wait = np.where(won & (closed <= end), closed - as_of, np.inf)
    code, ids = pd.factorize(dated["lead_id"])
    chosen = tuple(sorted(set(days)))
    mature = [as_of + n * DAY <= end for n in chosen]
    caught = [wait <= n * DAY for n in chosen]
    return HorizonCounts(
        days=chosen,
        n_looks=_by_lead(code, mature, len(ids)),
        n_won=_by_lead(code, [m & c for m, c in zip(mature, caught, strict=True)], len(ids)),
        n_caught=np.array([c.sum() for c in caught], dtype=np.int64),
        n_known_wins=int(np.isfinite(wait).sum()),
        latest=np.array([as_of[m].max(initial=-1) for m in mature], dtype=np.int64),
    )


def horizon_table(
    parts: Sequence[HorizonCounts],
    *,
    until: pd.Timestamp,
    horizon_days: int,
    n_resamples: int,
    seed: int,
) -> tuple[HorizonRow, ...]:
    """Return one row for each horizon, shortest first; none where no look has a date.

    Parameters
    ----------
    parts
        Counts of leads and more leads: no lead in two of them, the same horizons in all.
    horizon_days
        The horizon in force.
    """
    n_looks = np.concatenate([part.n_looks for part in parts], axis=1)
    n_won = np.concatenate([part.n_won for part in parts], axis=1)
    if n_looks.shape[1] == 0:
        return ()
    rates = _rates(n_looks, n_won, n_resamples=n_resamples, seed=seed)
    caught = np.sum([part.n_caught for part in parts], axis=0)
    latest = np.max([part.latest for part in parts], axis=0)
    known = sum(part.n_known_wins for part in parts)
    return tuple(
        HorizonRow(
            horizon_days=n,
            is_in_force=n == horizon_days,
            mature_looks=int(n_looks[i].sum()),
            leads=rates[i].n,
            won_looks=int(n_won[i].sum()),
            base_rate=rates[i],
            caught_share=float(caught[i]) / known if known else None,
            blind_days=(until.timestamp() - latest[i]) / DAY if latest[i] >= 0 else None,
        )
        for i, n in enumerate(parts[0].days)
    )


def _by_lead(code: npt.NDArray[np.intp], marked: list[Mask], n_leads: int) -> Float:
    counts = [np.bincount(code[mask], minlength=n_leads) for mask in marked]
    return np.array(counts, dtype=np.float64).reshape(len(marked), n_leads)


def _rates(n_looks: Float, n_won: Float, *, n_resamples: int, seed: int) -> list[Figure]:
    """Return the base rate of each horizon, all on the same draws of leads."""
    n_leads = n_looks.shape[1]
    draws = Resamples(
        np.zeros(n_leads), cluster=np.arange(n_leads), n_resamples=n_resamples, seed=seed
    )
    with np.errstate(invalid="ignore"):
        shares = np.array([(n_won @ times) / (n_looks @ times) for times in draws])
        values = n_won.sum(axis=1) / n_looks.sum(axis=1)
    return [
        _counted(draws.figure(float(values[i]), shares[:, i]), n_looks[i], n_won[i])
        for i in range(len(values))
    ]


def _counted(figure: Figure, n_looks: Float, n_won: Float) -> Figure:
    """Say how many leads are behind a figure; one win or none leaves nothing to draw from."""
    n, won = int((n_looks > 0).sum()), int((n_won > 0).sum())
    if n == 0:
        return without_interval("no look is that old", n=0, n_won=0)
    if won in (0, n):
        told = f"not defined on these leads ({won} of {n} won)"
        return without_interval(told, n=n, n_won=won, value=figure.value)
    return replace(figure, n=n, n_won=won)
