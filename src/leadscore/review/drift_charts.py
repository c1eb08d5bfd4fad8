"""Charts of drift: why the share won changed, estimates beside what came, calibration by segment.

As in `charts`: each is a finding in a sentence, a caption and a spec, and nothing is computed but the
sentence.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from leadscore.review.charts import BLUE, GREY, ORANGE, Chart, percent_axis, spec_of
from leadscore.review.drifting import column_words
from leadscore.review.estimates import ALL, WAITING
from leadscore.review.words import ESTIMATE_WORDS

_PARTS = {"mix": "other leads", "level": "level of the market", "shape": "scores that fail"}
_PART_COLOURS = [GREY, BLUE, ORANGE]
_MOST_VALUES = 12  # segments drawn of a column, those of most leads
_MOST_PERIODS = 2
_LABELS = 130  # pixels of a segment's name


def drift_charts(found: Any) -> list[Chart]:
    """Return every chart of a `Drifting`, those without rows left out."""
    charts = [split_chart(found.split, period=found.period)]
    charts += [estimate_chart(found.estimates, metric) for metric in _drawn_metrics()]
    columns = list(dict.fromkeys(found.segments["column"])) if len(found.segments) else []
    for column in columns:
        rows = found.segments.loc[found.segments["column"] == column]
        if rows["won"].notna().any():
            charts.append(segment_chart(rows, column))
    return charts


def split_chart(table: pd.DataFrame, *, period: str) -> Chart:
    """Draw mix, level and shape of each period's change, with intervals, in percentage points."""
    known = table.loc[table["level_low"].notna()]
    title = f"Too few leads in every {period} to say what moved"
    if len(known):
        last = known.iloc[-1]
        moved = f"{100 * last['change']:+.1f}".replace("-", "\N{MINUS SIGN}")
        title = (
            f"Last {period} ({last['period']}): {last['verdict']}, {moved} points since calibration"
        )
    rows = pd.DataFrame(
        [
            {"period": row["period"], "part": words, "value": 100 * row[part],
             "low": 100 * row[f"{part}_low"], "high": 100 * row[f"{part}_high"]}
            for row in known.to_dict(orient="records")
            for part, words in _PARTS.items()
        ],
        columns=["period", "part", "value", "low", "high"],
    )  # fmt: skip
    order = list(_PARTS.values())
    base = alt.Chart(rows).encode(
        y=alt.Y("period:O", title=None, axis=alt.Axis(labelLimit=_LABELS)),
        yOffset=alt.YOffset("part:N", sort=order),
        color=alt.Color("part:N", title=None, legend=alt.Legend(orient="top", columns=1),
                        scale=alt.Scale(domain=order, range=_PART_COLOURS)),
    )  # fmt: skip
    x = alt.X("value:Q", title="share won, change in percentage points", axis=alt.Axis(tickCount=5))
    tips = [
        alt.Tooltip("part:N"),
        *(alt.Tooltip(f"{n}:Q", format="+.2f") for n in rows.columns[2:]),
    ]
    bars = base.mark_bar(opacity=0.55).encode(x=x, tooltip=tips)
    ends = base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q")
    return Chart(
        "split", title,
        "Three parts that add up to the change of the share won since the scores were last calibrated. "
        "Other leads: what the scores expected. Level: all log-odds moved alike. Scores that fail: what is "
        "left. Lines are 95% intervals.",
        spec_of(bars + ends, height={"step": 24}),
    )  # fmt: skip


def estimate_chart(table: pd.DataFrame, metric: str) -> Chart:
    """Draw a figure as estimated before outcomes were known, and as seen since, by period."""
    words, pattern = ESTIMATE_WORDS[metric]
    rows = table.loc[(table["metric"] == metric) & (table["period"] != ALL)]
    both = table.loc[(table["metric"] == metric) & (table["period"] == ALL)]
    title = f"{words}: too few leads to estimate it"
    if len(both) and pd.notna(both["seen"].iloc[0]):
        row = both.iloc[0]
        title = f"{words}: {pattern.format(row['estimated'])} estimated, {pattern.format(row['seen'])} seen"
    drawn = pd.concat(
        [
            rows[["period", name, f"{name}_low", f"{name}_high"]]
            .set_axis(["period", "value", "low", "high"], axis=1)
            .assign(what=name)
            for name in ("estimated", "seen")
        ]
    ).dropna(subset=["value", "low"])
    scale = alt.Scale(domain=["estimated", "seen"], range=[ORANGE, BLUE])
    shape = alt.Scale(domain=["estimated", "seen"], range=["square", "circle"])
    order = [*sorted(set(rows["period"]) - {WAITING}), WAITING]
    base = alt.Chart(drawn).encode(
        x=alt.X("period:O", title=None, sort=order, axis=alt.Axis(labelAngle=0, labelLimit=95)),
        xOffset=alt.XOffset("what:N"),
        color=alt.Color("what:N", title=None, legend=alt.Legend(orient="top"), scale=scale),
    )
    axis = percent_axis() if "%" in pattern else alt.Axis(tickCount=5)
    y = alt.Y("value:Q", title=words, scale=alt.Scale(zero=False), axis=axis)
    tips = [
        alt.Tooltip("what:N"),
        *(alt.Tooltip(f"{n}:Q", format=".3f") for n in ("value", "low", "high")),
    ]
    ends = base.mark_rule(strokeWidth=2).encode(y="low:Q", y2="high:Q")
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(
        y=y, shape=alt.Shape("what:N", title=None, scale=shape), tooltip=tips
    )
    return Chart(
        f"estimate-{metric}", title,
        "Orange: from the probabilities alone, with the range of what was to be expected. Blue: from what "
        "came, with 95% interval. The last estimate waits for its truth.",
        spec_of(ends + dots, height=240),
    )  # fmt: skip


def segment_chart(table: pd.DataFrame, column: str) -> Chart:
    """Draw promised and won by segment and period, the latest two."""
    known = table.loc[table["low"].notna()]
    latest = sorted(set(known["period"]))[-_MOST_PERIODS:]
    rows = known.loc[known["period"].isin(latest)]
    leads = rows.groupby("value_of")["n"].max().sort_values(ascending=False, kind="stable")
    values = list(leads.index[:_MOST_VALUES])
    rows = rows.loc[rows["value_of"].isin(values)]
    wrong = rows.loc[rows["verdict"].isin(["too high", "too low"])]
    title = f"By {column_words(column)}: {len(rows) - len(wrong)} of {len(rows)} hold"
    base = alt.Chart(
        rows[["value_of", "period", "promised", "won", "low", "high", "n", "n_won", "verdict"]]
    ).encode(
        y=alt.Y("value_of:N", title=None, sort=values, axis=alt.Axis(labelLimit=_LABELS)),
        yOffset=alt.YOffset("period:O", sort=latest),
    )
    late = alt.condition(alt.datum.period == latest[-1], alt.value(1.0), alt.value(0.55))
    x = alt.X("won:Q", title="share of looks at leads", axis=percent_axis())
    tips = [alt.Tooltip("period:O"), alt.Tooltip("verdict:N"),
            *(alt.Tooltip(f"{n}:Q", format=".1%") for n in ("promised", "won", "low", "high")),
            alt.Tooltip("n:Q", title="leads"), alt.Tooltip("n_won:Q", title="won leads")]  # fmt: skip
    ends = base.mark_rule(strokeWidth=2, color=BLUE).encode(x="low:Q", x2="high:Q", opacity=late)
    dots = base.mark_point(filled=True, size=45, color=BLUE).encode(x=x, opacity=late, tooltip=tips)
    ticks = base.mark_point(shape="square", filled=True, size=40, color=ORANGE).encode(
        x="promised:Q", opacity=late, tooltip=tips
    )
    return Chart(
        f"segments-{column}", title,
        f"Orange squares: promised. Blue dots: won, with 95% interval. Full colour: {latest[-1]}"
        + (f"; faint: {latest[0]}" if len(latest) > 1 else "")
        + (f". The {_MOST_VALUES} with most leads." if len(leads) > _MOST_VALUES else "."),
        spec_of(ends + ticks + dots, height={"step": 13}),
    )  # fmt: skip


def _drawn_metrics() -> list[str]:
    return [name for name in ESTIMATE_WORDS if name != "precision_at_capacity"]
