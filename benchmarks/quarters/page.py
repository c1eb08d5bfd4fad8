"""The page of thresholds over quarters: what each way earned, and where its cuts lay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from benchmarks.quality.plots import BLUE, GREEN, GREY, ORANGE, styled
from benchmarks.quarters.issuing import Issued
from benchmarks.quarters.walking import CUTS, KEEP, ORACLE, OURS, Walk, gained
from leadscore.domain.settings import Settings, Thresholds

_HEAD = """# Thresholds over the quarters of whole histories

`make bench-quarters` writes this page. Each quarter begins with a review of what had matured by then; what it
proposes is signed at once and holds for the quarter. Scores are those of a model that knew nothing later: taught
again before each quarter, or taught once and left alone. **Profit** is that of working each lead once a quarter, at
its first look on or above the cut: {win:,.0f} EUR for a win within the horizon of a look from then on,
less {hot:,.0f} EUR for a hot lead
({hot_share:.0%} must win) or {warm:,.0f} EUR for one that is warm or hotter ({warm_share:.0%}). Intervals (95 %) are
paired by lead, given the cuts. The last row is not a way but a bound: the cut that was best in the quarter itself,
noise included. A call is taken not to change the chance of winning.
"""


@dataclass(frozen=True)
class Walked:
    """A history worked from one pair of thresholds on: every way, by cut."""

    issued: Issued
    start: Thresholds
    walks: Mapping[str, Mapping[str, Walk]]

    @property
    def n_won(self) -> int:
        """Leads won."""
        looks = self.issued.table
        return int(looks.loc[looks["label"] == 1, "lead_id"].nunique())


def page(found: Sequence[Walked], settings: Settings, bars: Sequence[str]) -> str:
    """Return the page as Markdown."""
    t = settings.thresholds
    head = _HEAD.format(
        win=t.win_value_eur, hot=t.call_cost_eur, warm=t.nurture_cost_eur,
        hot_share=t.call_cost_eur / t.win_value_eur, warm_share=t.nurture_cost_eur / t.win_value_eur,
    )  # fmt: skip
    told = [
        head,
        "## Bars\n",
        *(f"- {bar}" for bar in bars),
        "",
        "![cuts by quarter](quarters.svg)",
        "",
    ]
    title = ""
    for each in found:
        if each.issued.title != title:
            title = each.issued.title
            told += [f"## {title}\n"]
        told += _section(each)
    return "\n".join(told)


def _section(each: Walked) -> list[str]:
    issued = each.issued
    rate = issued.table.groupby("quarter")["label"].mean()
    told = [
        f"### {issued.model.capitalize()}; hot from {each.start.hot:g}, warm from {each.start.warm:g}\n",
        f"{len(next(iter(each.walks['hot'].values())).by_lead):,} leads, {each.n_won:,} won, "
        f"{len(issued.table):,} looks.\n",
        "| Quarter | Looks won | " + " | ".join(f"{n}: ours / best" for n in CUTS) + " |",
        "|---" * 4 + "|",
    ]
    for q, name in enumerate(issued.quarters):
        cells = [
            f"{each.walks[n][OURS].cuts[q]:g} / {each.walks[n][ORACLE].cuts[q]:g}" for n in CUTS
        ]
        told.append(f"| {name} | {rate.loc[q]:.1%} | {' | '.join(cells)} |")
    told += [
        "",
        "| Profit, EUR | hot | ours more by | warm or hotter | ours more by |",
        "|---" * 5 + "|",
    ]
    for way in each.walks["hot"]:
        cells = [_money(each, name, way) for name in CUTS]
        told.append(f"| {f'**{way}**' if way == OURS else way} | {' | '.join(cells)} |")
    return [*told, ""]


def _money(each: Walked, name: str, way: str) -> str:
    walks = each.walks[name]
    total = f"{walks[way].profit.sum():,.0f}"
    if way == OURS:
        return f"{total} | "
    more = gained(walks[OURS], walks[way], n_won=each.n_won)
    return f"{total} | {more.value:+,.0f} ({more.low:+,.0f} to {more.high:+,.0f})"


def bars(found: Sequence[Walked]) -> list[tuple[bool, str]]:
    """Return whether ours earned no less than each usual way, by interval."""
    told = []
    for each in found:
        for name in CUTS:
            walks = each.walks[name]
            for way in walks:
                if way in (OURS, ORACLE):
                    continue
                more = gained(walks[OURS], walks[way], n_won=each.n_won)
                words = (
                    f"{each.issued.key}, {each.issued.model}, {name} from {getattr(each.start, name):g}: "
                    f"{more.value:+,.0f} EUR ({more.low:+,.0f} to {more.high:+,.0f}) against {way}; "
                    "bar: not below 0 by its interval"
                )
                told.append((bool(more.high >= 0), words))
    return told


def picture(found: Sequence[Walked]) -> alt.ConcatChart:
    """Draw the hot cut of ours, keep and the best by quarter, above the share won."""
    return styled(alt.concat(*(_panel(each) for each in found), columns=2))


def _panel(each: Walked) -> alt.VConcatChart:
    issued, walks = each.issued, each.walks["hot"]
    shown = {OURS: BLUE, KEEP: GREY, ORACLE: ORANGE}
    cuts = pd.DataFrame(
        [
            {"quarter": quarter, "way": way, "cut": walks[way].cuts[q]}
            for way in shown
            for q, quarter in enumerate(issued.quarters)
        ]
    )
    rate = issued.table.groupby("quarter")["label"].mean().to_numpy() * 100
    won = pd.DataFrame({"quarter": issued.quarters, "rate": np.round(rate, 2)})
    x = alt.X("quarter:N", title=None, axis=alt.Axis(labelAngle=-45))
    color = alt.Color(
        "way:N", title=None, scale=alt.Scale(domain=list(shown), range=list(shown.values())),
        legend=alt.Legend(orient="top", labelLimit=260),
    )  # fmt: skip
    lines = alt.Chart(cuts).mark_line(point=True).encode(
        x=x, color=color, y=alt.Y("cut:Q", title="hot from, points", scale=alt.Scale(zero=False))
    )  # fmt: skip
    bar = alt.Chart(won).mark_bar(color=GREEN, opacity=0.5)
    bars_ = bar.encode(x=x, y=alt.Y("rate:Q", title="looks won, %"))
    title = f"{issued.title}, {issued.model.partition(',')[0]}, from {each.start.hot:g}"
    return alt.vconcat(
        lines.properties(width=380, height=150, title=title), bars_.properties(width=380, height=60)
    )
