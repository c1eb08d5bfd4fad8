"""Charts of the review's tables: each is a finding in a sentence, a caption, and a spec.

It computes nothing but the sentence. Groups without a number are left out of the picture, and stay
in the table below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

# Blue and orange stay apart for every kind of colour vision.
BLUE, ORANGE, GREY = "#2f7fc1", "#c86a00", "#8a8f98"
# What the page draws them as on dark paper: half transparent, they too stand out there by 3 to 1.
ON_DARK = {BLUE: "#6fb1e8", ORANGE: "#f0a04b", GREY: "#aab1bb"}
_OPINIONS = {"model": BLUE, "grid": ORANGE}
_DASHES = {"model": [1, 0], "grid": [6, 3]}
_PERCENT = ".0%"
_FIT = alt.AutoSizeParams(type="fit-x", contains="padding")


@dataclass(frozen=True)
class Chart:
    """A finding and its picture; `spec` is a Vega-Lite specification with its rows inside."""

    name: str
    title: str
    caption: str
    spec: dict[str, Any]


@dataclass(frozen=True)
class TopFeature:
    """A feature, how a rep would call it, and the score points it moves a lead on average."""

    feature: str
    words: str
    points: float


def calibration_chart(table: pd.DataFrame) -> Chart:
    """Draw the rate won against the mean probability issued, per tenth, with intervals."""
    rows = _known(table)
    fits = (rows["low"] <= rows["mean_p"]) & (rows["mean_p"] <= rows["high"])
    title = "Too few leads in every tenth to check the probabilities"
    if len(rows):
        title = (
            f"Probabilities hold in {int(fits.sum())} of {len(rows)} groups: promised "
            f"{_share(rows['mean_p'].iloc[-1])} at the top, won {_share(rows['value'].iloc[-1])}"
        )
    top = 1.05 * float(max([0.02, *rows["high"], *rows["mean_p"]]))
    axis = alt.Scale(type="sqrt", domain=[0, top], nice=False)
    line = alt.Chart(pd.DataFrame({"p": np.linspace(0, top, 40)})).mark_line(
        color=GREY, strokeDash=[4, 4]
    )
    diagonal = line.encode(x=alt.X("p:Q", scale=axis), y=alt.Y("p:Q", scale=axis))
    base = alt.Chart(rows[["tenth", "mean_p", "value", "low", "high", "n", "n_won"]])
    x = alt.X("mean_p:Q", title="probability issued", scale=axis, axis=percent_axis())
    bars = base.mark_rule(color=BLUE, strokeWidth=2).encode(
        x=x, y=alt.Y("low:Q", title="share won within the horizon", scale=axis,
                     axis=percent_axis()), y2="high:Q",
    )  # fmt: skip
    dots = base.mark_point(color=BLUE, filled=True, size=70, opacity=1).encode(
        x=x, y=alt.Y("value:Q", scale=axis), tooltip=_tips("mean_p", "value", "low", "high")
    )
    return Chart(
        "calibration", title,
        "Tenths of the leads by probability issued, later window; bars are 95% intervals that "
        "resample leads. On the dashed line promise and outcome agree. Both axes are square roots, "
        "so that low rates can be told apart.",
        spec_of(diagonal + bars + dots, height=300),
    )  # fmt: skip


def gain_chart(table: pd.DataFrame) -> Chart:
    """Draw the share of wins found against the share of leads worked, best first."""
    title = "Nothing was won in the later window: no gain to draw"
    if len(table):
        tenth = table.loc[np.isclose(table["share_worked"], 0.1)]
        found = [
            f"{o} {_share(s)}" for o, s in zip(tenth["opinion"], tenth["share_won"], strict=True)
        ]
        title = f"The best tenth of the leads holds this share of the wins: {', '.join(found)}"
    shown = [name for name in _OPINIONS if name in set(table["opinion"])]
    by = alt.Chart(table).encode(
        x=alt.X("share_worked:Q", title="share of leads worked, best first", axis=percent_axis()),
        y=alt.Y("share_won:Q", title="share of wins found", axis=percent_axis()),
        color=alt.Color(
            "opinion:N", title=None, legend=alt.Legend(orient="top"),
            scale=alt.Scale(domain=shown, range=[_OPINIONS[name] for name in shown]),
        ),
        strokeDash=alt.StrokeDash(
            "opinion:N", title=None,
            scale=alt.Scale(domain=shown, range=[_DASHES[name] for name in shown]),
        ),
        tooltip=_tips("share_worked", "share_won", counts=False),
    )  # fmt: skip
    chance = alt.Chart(pd.DataFrame({"x": [0.0, 1.0]})).mark_line(color=GREY, strokeDash=[4, 4])
    return Chart(
        "gain", title,
        "Later window, every look at an open lead counts once. The dashed grey line is calling in "
        "no particular order.",
        spec_of(chance.encode(x="x:Q", y="x:Q") + by.mark_line(strokeWidth=2.5), height=300),
    )  # fmt: skip


def band_chart(table: pd.DataFrame) -> Chart:
    """Draw the rate won per score band, with intervals."""
    rows = _known(table)
    title = "Too few leads in every score band"
    if len(rows):
        low, high = rows.iloc[0], rows.iloc[-1]
        title = (
            f"Scores {high['band']} convert {_share(high['value'])}, "
            f"scores {low['band']} {_share(low['value'])}"
        )
    bands = list(table["band"])
    base = alt.Chart(rows[["band", "value", "low", "high", "n", "n_won"]]).encode(
        y=alt.Y("band:N", title="score band", sort=bands[::-1], scale=alt.Scale(domain=bands[::-1]))
    )
    bars = base.mark_bar(color=BLUE, opacity=0.45).encode(
        x=alt.X("value:Q", title="share won within the horizon", axis=percent_axis()),
        tooltip=_tips("value", "low", "high"),
    )
    ends = base.mark_rule(color=BLUE, strokeWidth=2).encode(x="low:Q", x2="high:Q")
    dots = base.mark_point(color=BLUE, filled=True, size=50, opacity=1).encode(x="value:Q")
    return Chart(
        "bands", title,
        "Later window. Lines are 95% intervals. A band without a bar has too few leads.",
        spec_of(bars + ends + dots, height={"step": 30}),
    )  # fmt: skip


def feature_chart(features: Sequence[TopFeature]) -> Chart:
    """Draw the features that move scores most, in score points."""
    rows = pd.DataFrame(
        {"words": [f.words for f in features], "points": [f.points for f in features]}
    )
    title = "No feature moves a score: no model was fitted"
    if len(rows):
        title = f"What moves a score most: {rows['words'].iloc[0]}"
    base = alt.Chart(rows).encode(y=alt.Y("words:N", sort=list(rows["words"]), axis=None))
    bars = base.mark_bar(color=BLUE, opacity=0.6, height=10, yOffset=8).encode(
        x=alt.X(
            "points:Q",
            title="mean absolute effect on the score (points)",
            axis=alt.Axis(tickCount=5),
        ),
        tooltip=[alt.Tooltip("words:N"), alt.Tooltip("points:Q", format=".2f")],
    )
    words = base.mark_text(align="left", baseline="middle", dy=-8, fontSize=12).encode(
        x=alt.value(2), text="words:N"
    )
    return Chart(
        "features", title,
        "Mean size of a feature's contribution over the leads of the later window. It says what "
        "the model uses, not what causes a win.",
        spec_of(bars + words, height={"step": 40}),
    )  # fmt: skip


def drift_chart(table: pd.DataFrame, *, period: str) -> Chart:
    """Draw the rate won and the mean probability issued, period by period."""
    rows = _known(table)
    title = "Too few leads in every period to see drift"
    if len(rows):
        last = rows.iloc[-1]
        title = (
            f"Last {period} ({last['period']}): {_share(last['value'])} won, "
            f"{_share(last['mean_p'])} promised"
        )
    x = alt.X("period:O", title=period, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    base = alt.Chart(rows[["period", "mean_p", "value", "low", "high", "n", "n_won"]])
    y = alt.Y(
        "low:Q", title="share of looks at leads", axis=percent_axis(), scale=alt.Scale(zero=True)
    )
    ends = base.mark_rule(strokeWidth=2, color=BLUE).encode(x=x, y=y, y2="high:Q")
    won = base.mark_point(filled=True, size=70, opacity=1, color=BLUE).encode(
        x=x, y="value:Q", tooltip=_tips("value", "low", "high", "mean_p")
    )
    promised = base.mark_line(
        color=ORANGE, strokeDash=[6, 3], point=alt.OverlayMarkDef(color=ORANGE, shape="square")
    ).encode(x=x, y="mean_p:Q")
    return Chart(
        "drift", title,
        "Blue dots: share won, with 95% interval. Orange squares: mean probability issued. A gap "
        "that stays is drift of the level; recalibration closes it.",
        spec_of(promised + ends + won, height=260),
    )  # fmt: skip


def percent_axis() -> alt.Axis:
    """Return an axis of shares."""
    return alt.Axis(format=_PERCENT, tickCount=5)


def spec_of(chart: alt.LayerChart, *, height: int | dict[str, int]) -> dict[str, Any]:
    """Return the plain specification, as wide as its place, without the address of a schema."""
    sized = chart.properties(width="container", height=height, autosize=_FIT).configure(
        background="transparent", font="system-ui, sans-serif",
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(labelFontSize=12, titleFontSize=12, titleFontWeight="normal",
                            gridColor=GREY, gridOpacity=0.25, domainColor=GREY, tickColor=GREY),
        legend=alt.LegendConfig(labelFontSize=12, symbolSize=120),
    )  # fmt: skip
    spec: dict[str, Any] = sized.to_dict()
    spec.pop("$schema", None)
    return spec


def _known(table: pd.DataFrame) -> pd.DataFrame:
    return table.loc[table["value"].notna() & table["low"].notna()]


def _share(value: float) -> str:
    return f"{value:.1%}" if value < 0.1 else f"{value:.0%}"


def _tips(*columns: str, counts: bool = True) -> list[alt.Tooltip]:
    words = {
        "mean_p": "promised", "value": "won", "low": "interval from", "high": "interval to",
        "share_worked": "leads worked", "share_won": "wins found",
    }  # fmt: skip
    tips = [alt.Tooltip(f"{name}:Q", title=words[name], format=".1%") for name in columns]
    if counts:
        tips += [alt.Tooltip("n:Q", title="leads"), alt.Tooltip("n_won:Q", title="won leads")]
    return tips
