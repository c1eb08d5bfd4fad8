"""The quarter's tables as marts, and the data dictionary that explains them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from leadscore.domain import schemas
from leadscore.domain.marts import DECISIONS, JUDGEMENTS, MARTS, Mart
from leadscore.review.quarter.joined import Joined
from leadscore.review.quarter.judged_page import rows as judged_rows
from leadscore.review.quarter.judging import Judged
from leadscore.review.quarter.tables import QuarterTables
from leadscore.review.quarter.words import FIGURES, TABLES
from leadscore.scoring.thresholds import Decision

_DTYPES = {"text": "str", "number": "float64", "count": "int64", "time": schemas.TIME}


def marts_of(
    told: QuarterTables, decisions: Iterable[Decision], *, source: str
) -> dict[str, pd.DataFrame]:
    """Return each mart's rows of this quarter and source, checked by its schema."""
    rows = told.rows.rename(columns={"table": "topic", "grouping": "grouped_by"})
    rows["why_no_interval"] = rows["why_no_interval"].mask(rows["why_no_interval"] == "")
    of_score = rows["grouped_by"].isin(["all", "tier", "band"]) & (rows["topic"] != "correlation")
    of_segment = rows["grouped_by"].isin(told.joined.segments)
    of_silence = rows["topic"] == "inactivity"
    made = {
        "scores": _scores(told.joined),
        "bands": rows.loc[of_score],
        "segments": rows.loc[of_segment].rename(columns={"grouped_by": "property"}),
        "figures": rows.loc[~of_score & ~of_segment & ~of_silence],
        "inactivity": _with_days(rows.loc[of_silence]),
        "feedback": _feedback(told),
        "decisions": _decisions(decisions, source),
        "judgements": judged_rows(told.judged or Judged()).reindex(
            columns=[f.name for f in JUDGEMENTS.fields]
        ),
    }
    quarter, basis = told.joined.quarter.name, told.joined.basis
    named = {
        mart.name: made[mart.name].assign(source=source)
        if mart is DECISIONS
        else made[mart.name].assign(source=source, quarter=quarter, basis=basis)
        for mart in MARTS
    }
    return {mart.name: shaped(mart, named[mart.name]) for mart in MARTS}


def renewed(mart: Mart, before: pd.DataFrame | None, now: pd.DataFrame) -> pd.DataFrame:
    """Return the mart with its rows of this run in place of those it had of the same quarter and source.

    Parameters
    ----------
    before
        The mart as it was, None where there was none.
    """
    if before is None or before.empty:
        return now
    keys = list(mart.renewed_by)
    known = pd.MultiIndex.from_frame(now[keys].drop_duplicates())
    kept = before.loc[~pd.MultiIndex.from_frame(before[keys]).isin(known)]
    both = [part for part in (kept, now) if len(part)]
    return shaped(mart, pd.concat(both) if both else now)


def widened(mart: Mart, before: pd.DataFrame) -> pd.DataFrame:
    """Return a mart that was written before its last columns were added with those columns, empty.

    Any other table comes back as it is, and its check says what is wrong with it.
    """
    had = before.columns.tolist()
    added = mart.fields[len(had) :]
    if had != [f.name for f in mart.fields[: len(had)]] or not all(f.nullable for f in added):
        return before
    empty = {f.name: pd.Series(None, index=before.index, dtype=_DTYPES[f.kind]) for f in added}
    return before.assign(**empty)


def shaped(mart: Mart, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with the mart's columns, types and order, checked."""
    kinds = {f.name: _DTYPES[f.kind] for f in mart.fields}
    typed = rows[list(kinds)].astype(kinds)
    by = list(mart.key) or ["source", "quarter", "occurred_at", "lead_id"]
    ordered = typed.sort_values(by, kind="stable", ignore_index=True)
    return schemas.check(mart.schema, ordered, file=f"data/marts/{mart.name}.parquet")


def dictionary(marts: Sequence[Mart] = MARTS) -> str:
    """Return the data dictionary as a page: every mart, column, figure and example query."""
    parts = [_HEAD, *map(_page_of, marts), "## Figures\n", _table(
        ("figure", "words", "unit"),
        [(f"`{name}`", words, unit) for name, (words, unit, _) in FIGURES.items()],
    ), "## Topics\n", _table(
        ("topic", "table of the report"), [(f"`{name}`", words) for name, words in TABLES.items()]
    )]  # fmt: skip
    return "\n".join(parts)


def _scores(joined: Joined) -> pd.DataFrame:
    last = joined.last[["lead_id", "as_of", "score", "tier", "band"]]
    both = joined.first.merge(last, on="lead_id", suffixes=("", "_last"), validate="one_to_one")
    words = np.select([both["explore"] == 1, both["explore"] == 0], ["yes", "no"], "not marked")
    names: Mapping[str, str] = {
        "as_of": "first_as_of", "score": "first_score", "probability": "first_probability",
        "tier": "first_tier", "band": "first_band", "as_of_last": "last_as_of",
        "score_last": "last_score", "tier_last": "last_tier", "band_last": "last_band",
        "closed_after_days": "days_to_close", "amount": "amount_eur",
    }  # fmt: skip
    return both.rename(columns=names).assign(explore=words)


def _with_days(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the ends of each stretch of days; NaN where a row has none."""
    ends = rows["level"].str.extract(r"^(\d[\d.]*)(?: to (\d[\d.]*))? days").astype("float64")
    return rows.assign(from_days=ends[0], upto_days=ends[1])


def _feedback(told: QuarterTables) -> pd.DataFrame:
    return told.verdicts.rename(columns={"as_of": "score_as_of"})


def _decisions(decisions: Iterable[Decision], source: str) -> pd.DataFrame:
    plain = [d.model_dump() for d in decisions if d.source == source]
    names = [f.name for f in DECISIONS.fields]
    table = pd.DataFrame(plain).rename(columns={"id": "decision_id", "by": "signed_by"})
    return table.reindex(columns=names)


_HEAD = """# Marts: tables for dashboards

Written by `leadscore review --quarter`, from the same schemas that check the tables; not edited by hand.
Each table lies here as Parquet and as CSV (cells that look like formulas are escaped), and all of them in
`marts.duckdb` with a view for each question below. A quarter reviewed again replaces its own rows only.
Leads are persons: ids stand in `scores` and `feedback`. Times are UTC. A figure without a value says why.
"""


def _page_of(mart: Mart) -> str:
    key = ", ".join(f"`{name}`" for name in mart.key) or "none: a rep may say the same twice"
    rows = [
        (f"`{f.name}`", f.kind + (", may be empty" if f.nullable else ""),
         f.about + (f" ({', '.join(f.words)})" if f.words else ""))
        for f in mart.fields
    ]  # fmt: skip
    return (
        f"## {mart.name}\n\nOne row is {mart.grain}. Key: {key}.\n\n"
        f"{_table(('column', 'type', 'meaning'), rows)}\n"
        f"{mart.question} View `{mart.view}`:\n\n```sql\n{mart.sql};\n```\n"
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
