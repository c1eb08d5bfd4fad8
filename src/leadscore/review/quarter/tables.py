"""All tables of a quarter, in the order in which they are read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from leadscore.review.quarter.answers import feedback_table, satisfaction, verdicts_on_scores
from leadscore.review.quarter.converting import conversions, segments, times_to_close, values
from leadscore.review.quarter.fading import Fading, fading
from leadscore.review.quarter.joined import Joined
from leadscore.review.quarter.judged_page import lines
from leadscore.review.quarter.judging import Judged
from leadscore.review.quarter.ranking import correlation
from leadscore.review.quarter.rows import Measure, Table, frame
from leadscore.review.quarter.shares import shares, stuck
from leadscore.review.quarter.waiting import waiting
from leadscore.review.quarter.working import exploration, with_worked, working
from leadscore.review.rows import plain


@dataclass(frozen=True)
class Heard:
    """What else is known of the leads: verdicts, answers, sales' activities, and how interest fades.

    `acts` has lead_id and acted (epoch seconds); None where the source tells no sales activity.
    """

    feedback: pd.DataFrame
    nps: pd.DataFrame
    acts: pd.DataFrame | None
    fading: Fading


@dataclass(frozen=True)
class QuarterTables:
    """The quarter's tables, the scores they rest on, and the verdicts beside the scores they speak of.

    `notes` are about all tables; each table has its own besides. `judged` are the decisions held against
    the scores issued under them, None where these were not issued.
    """

    joined: Joined
    tables: tuple[Table, ...]
    verdicts: pd.DataFrame
    notes: tuple[str, ...]
    judged: Judged | None = None

    @property
    def rows(self) -> pd.DataFrame:
        """Every figure of every table, `rows.COLUMNS`."""
        return frame(self.tables)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; NaN becomes None."""
        tables = {t.name: {"rows": plain(t.rows), "notes": list(t.notes)} for t in self.tables}
        joined, judged = self.joined, self.judged or Judged()
        return {"quarter": joined.quarter.name, "basis": joined.basis, "counts": joined.counts(),
                "notes": list(self.notes), "tables": tables,
                "decisions": plain([each.row() for each in judged.judgements]),
                "decisions_told": list(lines(judged))}  # fmt: skip


def quarter_tables(
    joined: Joined,
    heard: Heard,
    measure: Measure,
    *,
    notes: tuple[str, ...] = (),
    judged: Judged | None = None,
) -> QuarterTables:
    """Measure everything; a group below `review.min_leads` is "too few", never a number."""
    joined = joined.with_inactivity(heard.fading.inactive_days)
    verdicts = verdicts_on_scores(joined, heard.feedback)
    tables = (
        shares(joined, measure),
        conversions(joined, measure),
        correlation(joined, measure),
        segments(joined, measure),
        fading(joined, heard.fading, measure),
        times_to_close(joined, measure),
        values(joined, measure),
        waiting(joined, measure),
        stuck(joined, measure),
        feedback_table(joined, verdicts, measure),
        satisfaction(joined, heard.nps, measure),
        *_worked(joined, heard, measure),
    )
    return QuarterTables(joined, tables, verdicts, (*notes, *told_of_standing(joined)), judged)


def told_of_standing(joined: Joined) -> tuple[str, ...]:
    """Say of how many leads the outcome is not known, and why; nothing where it is known of all."""
    counts, horizon = joined.counts(), joined.horizon
    notes = []
    if not counts["matured"]:
        first = joined.first["as_of"].min() + pd.Timedelta(days=horizon.days)
        notes.append(
            f"No score of {joined.quarter.name} has matured; the first does on {first:%Y-%m-%d}, "
            f"{horizon.days} days after it was given."
        )
    if n := counts["closed before"]:
        notes.append(
            f"{n:,} leads were closed before their score, as today's export has it: dated back. "
            "They stand in the shares only."
        )
    if n := counts["unknown"]:
        notes.append(
            f"{n:,} leads are no longer in the export, so what became of them is unknown, not lost. "
            "They stand in the shares only."
        )
    return tuple(notes)


def _worked(joined: Joined, heard: Heard, measure: Measure) -> tuple[Table, Table]:
    days, types = measure.review.worked_days, ", ".join(measure.review.sales_events)
    if heard.acts is None:
        note = f"This source tells no sales activity (review.sales_events: {types})."
        explored = exploration(with_worked(joined, _NO_ACTS, days=days), measure)
        known = [row for row in explored.rows if row["figure"] != "share_worked"]
        return Table("working", [], (note,)), replace(explored, rows=known)
    worked = with_worked(joined, heard.acts, days=days)
    return working(worked, measure), exploration(worked, measure)


_NO_ACTS = pd.DataFrame({"lead_id": pd.Series([], dtype="str"), "acted": pd.Series([], dtype="int64")})  # fmt: skip
