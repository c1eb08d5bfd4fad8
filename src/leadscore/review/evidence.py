"""Matured scores with their outcomes, as arrays: what a review may learn from.

It reads only looks whose horizon is over, scored out of time; it drops no row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.scoring.calibration import forgetting_weights

Float = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
WEEK = 7 * 86_400
NEEDED = ("lead_id", "as_of", "order", "label", "p_issued", "score")


@dataclass(frozen=True)
class Evidence:
    """One row per look at a lead, in the order of the table it came from.

    Attributes
    ----------
    lead
        int64[n_rows] codes of leads, 0 to `n_leads` - 1.
    week
        int64[n_rows] weeks since the first look; all 0 without dates.
    quarter
        int64[n_rows] quarters of a year before the last look's end, 0 for the latest, else below; all 0 without dates.
    order
        int64[n_rows] epoch seconds, or the rank that stands for time.
    y, p, score
        float64[n_rows] outcome, probability as issued, score as issued.
    weight
        float64[n_rows] worth after forgetting, in (0, 1]; 1 without dates, where age is unknown.
    is_dated
        Whether `order` is a time, so that there are weeks.
    """

    lead: Codes
    week: Codes
    quarter: Codes
    order: Codes
    y: Float
    p: Float
    score: Float
    weight: Float
    n_leads: int
    is_dated: bool

    @classmethod
    def from_table(
        cls, table: pd.DataFrame, *, as_of: pd.Timestamp | None, half_life_days: float
    ) -> Evidence:
        """Read lead_id, as_of, order, label, p_issued and score; dated if every row has an as_of.

        Raises
        ------
        ValueError
            A column is missing, a label is null (immature), or a row lies after `as_of`.
        """
        if missing := [name for name in NEEDED if name not in table.columns]:
            raise ValueError(f"evidence lacks {', '.join(missing)}")
        if bool(table["label"].isna().any()):
            raise ValueError(f"{int(table['label'].isna().sum())} looks are immature: no evidence")
        lead = np.unique(table["lead_id"].astype(object).to_numpy(), return_inverse=True)[1]
        order = table["order"].to_numpy(dtype=np.int64)
        is_dated = len(table) > 0 and bool(table["as_of"].notna().all())
        weight = np.ones(len(table))
        week = quarter = np.zeros(len(table), dtype=np.int64)
        if is_dated:
            now = int(order.max()) if as_of is None else int(as_of.timestamp())
            weight = forgetting_weights(order, now_seconds=now, half_life_days=half_life_days)
            week = (order - order.min()) // WEEK
            quarter = -((order.max() - order) // (13 * WEEK))
        columns = (
            table[name].to_numpy(dtype=np.float64) for name in ("label", "p_issued", "score")
        )
        y, p, score = columns
        n_leads = int(lead.max()) + 1 if len(lead) else 0
        lead = lead.astype(np.int64)
        return cls(lead, week, quarter, order, y, p, score, weight, n_leads, is_dated)

    @cached_property
    def won_from(self) -> Float:
        """Return per look whether its lead was won within the horizon of it, or of a later look of the same quarter.

        What a call at that look brings: one who is called early wins no less for it, though the win may come after
        that look's own horizon. Later quarters do not count, so that old looks are not watched for longer than new.
        """
        key = self._lead_quarter
        backwards = np.lexsort((-self.y, -self.order, key))
        begins = np.concatenate([[True], np.diff(key[backwards]) != 0])
        group = np.cumsum(begins) * 2.0 if len(backwards) else np.zeros(0)
        out = np.empty(len(self.y))
        out[backwards] = np.maximum.accumulate(group + self.y[backwards]) - group
        return out

    @property
    def still_open(self) -> float:
        """Return the share of leads that were looked at on the last day of looks; their best look may be to come."""
        return len(np.unique(self.lead[self.order == self.order.max()])) / max(self.n_leads, 1)

    @property
    def n_won(self) -> int:
        """Leads with at least one won look."""
        return int(self.by_lead(self.y).sum())

    @property
    def n_weeks(self) -> int:
        """Weeks in which leads were looked at."""
        return len(np.unique(self.week))

    @property
    def weeks_spanned(self) -> float:
        """Weeks from the first look to the end of the last look's step."""
        looked_at = np.unique(self.week)
        step = float(np.median(np.diff(looked_at))) if len(looked_at) > 1 else 1.0
        return float(looked_at[-1] - looked_at[0]) + step

    def by_lead(self, values: Float) -> Float:
        """Return the largest value of each lead, at least 0."""
        out = np.zeros(self.n_leads)
        np.maximum.at(out, self.lead, values)
        return out

    def peak_rows(self) -> Codes:
        """Return the row of each lead's best look of each quarter, its first where several are alike.

        A lead is worked once, so what a lower threshold adds is the leads that come as high and no higher: they
        win less often than a look at the same score, after which many leads still rise.
        """
        key = self._lead_quarter
        rank = np.lexsort((self.order, -self.score, key))
        return (
            np.sort(rank[np.concatenate([[True], np.diff(key[rank]) != 0])]) if len(rank) else rank
        )

    @property
    def _lead_quarter(self) -> Codes:
        """A number for each lead in each quarter."""
        return self.lead * (int(-self.quarter.min(initial=0)) + 1) - self.quarter

    @cached_property
    def peaks(self) -> Evidence:
        """Return the evidence of `peak_rows` alone, each with what a call there brings as outcome."""
        at = self.peak_rows()
        return replace(self.rows(at), y=self.won_from[at])

    def rows(self, at: Codes) -> Evidence:
        """Return some rows; leads keep their codes."""
        columns = ("lead", "week", "quarter", "order", "y", "p", "score", "weight")
        return replace(self, **{name: getattr(self, name)[at] for name in columns})

    def best_of_week(self) -> tuple[Codes, Codes, Float]:
        """Return (lead, week, best score): a lead counts once a week, however often looked at."""
        key = self.lead * (int(self.week.max()) + 1) + self.week
        rank = np.lexsort((-self.score, key))
        first = rank[np.concatenate([[True], np.diff(key[rank]) != 0])]
        return self.lead[first], self.week[first], self.score[first]
