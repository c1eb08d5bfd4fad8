"""The pictures of the page: losses beside each other, learning curves, blocks in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from benchmarks.quality.figures import Judged
from benchmarks.quality.learning import Cell
from benchmarks.quality.ours import BLEND, GRID_PART, PARTS, TREES_PART
from benchmarks.quality.rolling import FROZEN, NONE, Way, of_interest

BLUE, ORANGE, GREEN, GREY, PALE = "#2f7fc1", "#c86a00", "#3a8f5c", "#8a8f98", "#c9ccd1"
COLORS = {
    BLEND: BLUE,
    TREES_PART: ORANGE,
    GRID_PART: GREEN,
    PARTS["logistic"]: "#8a63b8",
    "LightGBM default": "#b23a48",
    "Logistic regression": GREY,
    "FLAML": "black",
    "Odoo": PALE,
}


def peers(found: Sequence[Judged]) -> alt.ConcatChart:
    """Draw every split: log loss minus the blend's, with its interval."""
    return styled(alt.concat(*(_gaps(split) for split in found), columns=2))


def _gaps(split: Judged) -> alt.LayerChart:
    rows = pd.DataFrame(
        [
            {"method": o.name, "gap": g.value, "low": g.low, "high": g.high,
             "is": "part" if o.name in PARTS.values() else "peer"}
            for o in split.opinions
            if "log_loss" in o.gaps
            for g in [o.gaps["log_loss"].figure]
        ]
    )  # fmt: skip
    ours = split.of(BLEND)
    loss = "" if ours is None else f"blend {ours.figures['log_loss'].value:.4f}"
    far = 0.06  # beyond, a bar would hide all others
    rows["told"] = [f"{gap:+.3f} →" if gap > far else "" for gap in rows["gap"]]
    rows[["gap", "low", "high"]] = rows[["gap", "low", "high"]].clip(upper=far)
    y = alt.Y("method:N", sort=rows["method"].tolist(), title=None, axis=alt.Axis(labelLimit=180))
    color = alt.Color(
        "is:N", scale=alt.Scale(domain=["part", "peer"], range=[BLUE, ORANGE]), legend=None
    )
    base = alt.Chart(rows).encode(y=y, color=color)
    x = alt.X(
        "low:Q", title="log loss minus the blend's (right: the blend is better)",
        axis=alt.Axis(tickCount=6), scale=alt.Scale(nice=True),
    )  # fmt: skip
    text = base.mark_text(align="right", dy=-9, fontSize=11).encode(x="gap:Q", text="told:N")
    return alt.layer(
        alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(color=GREY).encode(x="x:Q"),
        base.mark_rule(strokeWidth=2).encode(x=x, x2="high:Q"),
        base.mark_point(filled=True, size=50, opacity=1).encode(x="gap:Q"),
        text,
    ).properties(
        width=330, height=200, title=alt.Title(split.title.partition(",")[0], subtitle=_subtitle(split, loss))
    )  # fmt: skip


def _subtitle(split: Judged, loss: str) -> str:
    rest = split.title.partition(",")[2].strip()
    return ", ".join(part for part in (rest, loss) if part)


def curves(found: Mapping[str, Sequence[Cell]]) -> alt.ConcatChart:
    """Draw each set's learning curves."""
    return styled(alt.concat(*(_curve(name, cells) for name, cells in found.items()), columns=3))


def _curve(name: str, found: Sequence[Cell]) -> alt.LayerChart:
    rows = pd.DataFrame(
        [
            {"wins": cell.wins, "loss": loss, "method": opinion}
            for cell in found
            for opinion, loss in cell.means.items()
            if opinion in COLORS
        ]
    )
    best = float(rows["loss"].min())
    grid = rows.loc[rows["method"] == GRID_PART, "loss"]
    top = best + 2.2 * (float(grid.max()) - best)  # the few above are far off: the table has them
    rows["loss"] = rows["loss"].clip(upper=top)
    names = [method for method in COLORS if method in set(rows["method"])]
    color = alt.Color(
        "method:N",
        scale=alt.Scale(domain=names, range=[COLORS[method] for method in names]),
        legend=alt.Legend(title=None, orient="bottom", columns=4),
    )
    sizes = sorted(set(rows["wins"]))
    x = alt.X("wins:Q", title="won leads learned from", scale=alt.Scale(type="log"),
              axis=alt.Axis(values=sizes, format="d"))  # fmt: skip
    scale = alt.Scale(domain=[best - 0.02 * (top - best), top], zero=False)
    y = alt.Y("loss:Q", title="mean log loss", scale=scale)
    base = alt.Chart(rows).encode(x=x, y=y, color=color)
    width = alt.condition(alt.datum.method == BLEND, alt.value(3), alt.value(1.5))
    drawn = base.mark_line().encode(strokeWidth=width) + base.mark_point(filled=True, size=30)
    return drawn.properties(width=290, height=260, title=name)


def blocks(found: Mapping[str, tuple[str, Sequence[Way]]]) -> alt.ConcatChart:
    """Draw the loss of each block of the rolling campaign."""
    return styled(
        alt.concat(*(_blocks(title, every) for title, every in found.values()), columns=2)
    )


def _blocks(title: str, found: Sequence[Way]) -> alt.Chart:
    rows = pd.DataFrame(
        [
            {"block": i + 2, "loss": float(loss), "way": _way(way)}
            for way in of_interest(found)
            for i, loss in enumerate(way.losses)
        ]
    )
    names = list(dict.fromkeys(rows["way"]))
    scale = alt.Scale(domain=names, range=[PALE, ORANGE, GREEN, BLUE])
    legend = alt.Legend(title=None, orient="bottom", columns=2, labelLimit=260)
    return (
        alt.Chart(rows)
        .mark_line(point=alt.OverlayMarkDef(size=20))
        .encode(
            x=alt.X("block:Q", title="block (a month's calls)", axis=alt.Axis(tickMinStep=1)),
            y=alt.Y("loss:Q", title="log loss", scale=alt.Scale(domain=[0, 2], clamp=True)),
            color=alt.Color("way:N", scale=scale, legend=legend),
        )
        .properties(width=420, height=240, title=title.partition(",")[2].strip() or title)
    )


def _way(way: Way) -> str:
    name = way.opinion.replace(f", {FROZEN}", ", frozen").replace("Part: ", "")
    if way.recalibration == NONE:
        return f"{name} ({way.mean:.3f})"
    return f"{name}, recalibrated ({way.mean:.3f})"


def styled(chart: alt.ConcatChart) -> alt.ConcatChart:
    """Return a chart in the house's style."""
    return (
        chart.resolve_scale(color="shared", x="independent", y="independent")
        .configure_axis(labelFontSize=11, titleFontSize=11, grid=False)
        .configure_title(fontSize=13, anchor="start", subtitleFontSize=11)
        .configure_view(stroke=None)
    )
