"""Whether tonight's scores are like those of the nights before: what stops a night before anybody acts on it.

A gate stops only where chance does not explain it. Scores of another model or under other thresholds are
expected to differ: their moves are told, and stop nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray

from leadscore.domain.errors import GateError
from leadscore.domain.issuing_settings import NightGateSettings
from leadscore.metrics import Figure, bins, rate, shift

Float = npt.NDArray[np.float64]
Verdict = Literal["passed", "warned", "stopped", "accepted", "not judged"]
_SURE = 0.99999  # chance of a quiet night to be stopped, by an approximation that is too bold on few leads


@dataclass(frozen=True)
class Before:
    """The last night before this one.

    Attributes
    ----------
    moment, scores
        When, and lead_id, score, tier of its leads, ascending by lead_id.
    is_alike
        Whether the same model scored under the same thresholds.
    """

    moment: pd.Timestamp
    scores: pd.DataFrame
    is_alike: bool

    def tiers_of(self, lead_id: pd.Series) -> ExtensionArray:
        """Return the tier of each of these leads (distinct), null where it was not there.

        Only the leads between the first and the last of them are looked at: of a shard of the leads, a shard.
        """
        known, low, high = self.scores["lead_id"].array, lead_id.min(), lead_id.max()
        span = slice(bisect_left(known, low), bisect_right(known, high))
        near = self.scores.iloc[span]
        tiers: ExtensionArray = near.set_index("lead_id")["tier"].reindex(lead_id).array
        return tiers


@dataclass(frozen=True)
class NightGate:
    """One gate: what was found, in words, and what follows."""

    gate: str
    verdict: Verdict
    told: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the manifest."""
        return asdict(self)


def judge(
    scores: Float,
    moves: Mapping[str, int],
    before: Before | None,
    volumes: Sequence[int],
    settings: NightGateSettings,
    *,
    model_age_days: float | None,
    min_leads: int,
) -> list[NightGate]:
    """Hold tonight's scores against the nights before.

    Parameters
    ----------
    scores
        float64[n_leads]: tonight's, in any order.
    moves
        What `with_before` counted of them.
    before
        The last night at most `compared_days` ago; None where there is none.
    volumes
        Leads scored on the last nights of the same weekday.
    model_age_days
        Days since the data the model was taught on; None where no model scores.
    min_leads
        Fewer leads are no evidence.
    """
    gates = [_volume(len(scores), volumes, settings, min_leads)]
    gates += _moves(scores, moves, before, settings, min_leads)
    gates.append(_age(model_age_days, settings))
    return gates


def accepted(gates: Sequence[NightGate], reason: str | None) -> list[NightGate]:
    """Return the gates, those that stop accepted for a reason.

    Raises
    ------
    GateError
        The first that stops and was not accepted, by its name.
    """
    out = []
    for gate in gates:
        if gate.verdict != "stopped":
            out.append(gate)
        elif reason is not None:
            out.append(NightGate(gate.gate, "accepted", f"{gate.told}; accepted: {reason}"))
        else:
            raise GateError(
                gate.gate,
                gate.told,
                file="data/issued",
                fix="look at the export first; if it is meant to be so, `leadscore score --accept REASON`",
            )
    return out


def _volume(
    n: int, volumes: Sequence[int], settings: NightGateSettings, min_leads: int
) -> NightGate:
    name = "volume-moved"
    if len(volumes) < settings.least_nights:
        return NightGate(name, "not judged", f"{len(volumes)} nights of this weekday before")
    usual = float(np.median(volumes))
    told = f"{n:,} open leads, {usual:,.0f} on the last {len(volumes)} nights of this weekday"
    if usual < min_leads:
        return NightGate(name, "not judged", told)
    ratio = n / usual
    if not settings.least_volume <= ratio <= settings.most_volume:
        return NightGate(name, "stopped", told)
    is_odd = abs(n - usual) > settings.warned_volume * usual
    return NightGate(name, "warned" if is_odd else "passed", told)


def _moves(
    scores: Float,
    moves: Mapping[str, int],
    before: Before | None,
    settings: NightGateSettings,
    min_leads: int,
) -> list[NightGate]:
    names = ("tiers-moved", "scores-moved")
    if before is None:
        return [NightGate(name, "not judged", "no night before") for name in names]
    n_both, n_moved = len(scores) - moves["new"], moves["up"] + moves["down"]
    moved = rate(n_moved, n_both, min_leads=min_leads)
    if moved.why_no_interval is not None:
        return [NightGate(name, "not judged", f"{n_both} leads scored before") for name in names]
    told = (
        f"{n_moved:,} of {n_both:,} leads changed their tier since {before.moment:%Y-%m-%d} "
        f"({moved.value:.0%}, 95 % interval {moved.low:.0%} to {moved.high:.0%})"
    )
    then, now = bins(before.scores["score"].to_numpy(dtype=np.float64), scores)
    # One row a lead: its place is as good as its name.
    found = shift(
        then, now, lead_then=np.arange(len(then)), lead_now=np.arange(len(now)), level=_SURE
    )
    limit = max(settings.most_psi, found.bound)
    of_scores = f"PSI of scores {found.psi:.2f} since {before.moment:%Y-%m-%d} (limit {limit:.2f})"
    return [
        NightGate(names[0], _verdict_of_tiers(moved, before, settings), told),
        NightGate(
            names[1],
            "passed" if found.psi <= limit else "stopped" if before.is_alike else "warned",
            of_scores,
        ),
    ]


def _verdict_of_tiers(moved: Figure, before: Before, settings: NightGateSettings) -> Verdict:
    if moved.low > settings.most_moved:
        return "stopped" if before.is_alike else "warned"
    return "warned" if moved.low > settings.warned_moved else "passed"


def _age(days: float | None, settings: NightGateSettings) -> NightGate:
    name = "model-too-old"
    if days is None:
        return NightGate(name, "not judged", "no model scores, or a source without dates")
    told = f"the model's data end {days:.0f} days before these scores"
    if days > settings.most_model_days:
        return NightGate(name, "stopped", told)
    return NightGate(name, "warned" if days > settings.warned_model_days else "passed", told)


def with_before(issued: pd.DataFrame, before: Before | None) -> tuple[pd.DataFrame, dict[str, int]]:
    """Add the tier of the last night to issued scores, null where there is none; count the moves.

    Returns
    -------
    The table, and how many leads are `new`, went `up` or `down` a tier or more; no count without a
    night before.
    """
    if before is None:
        nobody = pd.Series(pd.NA, index=issued.index, dtype="str")
        return issued.assign(tier_before=nobody), {}
    then = before.tiers_of(issued["lead_id"])
    table = issued.assign(tier_before=pd.Series(then, index=issued.index, dtype="str"))
    rank = {"cold": 0, "warm": 1, "hot": 2}
    move = table["tier"].map(rank).astype("float64") - table["tier_before"].map(rank).astype(
        "float64"
    )
    counts = {"new": move.isna(), "up": move > 0, "down": move < 0}
    return table, {name: int(which.sum()) for name, which in counts.items()}
