"""The history benchmark's page: table, bars, raw figures and a picture."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import altair as alt
import pandas as pd

from benchmarks.history_bars import Bar, Figures
from benchmarks.history_jobs import Job, Result
from leadscore.adapters.files import to_json

BLUE, ORANGE, GREY = "#2f7fc1", "#c86a00", "#8a8f98"
_WAYS = {
    "limit": "limit: reading three columns",
    "kernel": "leadscore",
    "duckdb": "DuckDB, joined per date, 72 conditional aggregates",
    "duckdb_per_type": "DuckDB, joined per date, grouped by type first",
    "polars": "Polars",
    "pandas": "pandas",
}


def write(out: Path, figures: Figures, held: list[Bar], *, date: str) -> None:
    """Write history.md, history.json and history.svg to `out`."""
    raw = [{**asdict(result), "sums": None} for result in figures]
    for row in raw:
        del row["sums"]
    (out / "history.json").write_text(to_json(raw), encoding="utf-8")
    (out / "history.md").write_text(page(figures, held, date=date), encoding="utf-8")
    picture(figures).save(out / "history.svg")


def page(figures: Figures, held: list[Bar], *, date: str) -> str:
    """Return the page in Markdown."""
    names = ("numpy", "numba", "pyarrow", "pandas", "duckdb", "polars")
    when = f" {date}." if date else ""
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return f"""# Features of a million leads: what they cost

`make bench-history` simulates 1 M leads with 51 M events (the demo's market with a season of web
activity 3.4 times as strong) once, measures everything below in one run, and rewrites this page.{when}

{os.cpu_count()} cores ({platform.machine()}), shared with other work: CPU seconds count, wall is noise.
Python {platform.python_version()}, {versions}.
Two threads each, every row in a fresh process after a warm-up on 2,000 leads (compiled loops load, imports
are done). CPU is user + system of all threads, from opening the files to the last column. Rows with more
than one round show the round of middle CPU.

Asked: for 12 event types, counts in 7, 30, 90 and 365 days, days since the last, and the sum that halves
every 14 days: 72 columns, of every lead open at the date (created, not yet closed). Every column is read
to its end. The rows of more columns are what `params.yaml` declares and one line of every other primitive.
On the first 2,000 leads all ways gave the same cells (counts equal, recencies within 1e-12, decayed sums
within 1e-9), and wherever two rows below ask the same, the same sums of columns.

![CPU against events, and against others](history.svg)

## Bars

{chr(10).join(f"- {bar}" for bar in held)}

The query of the third bar is the plain one. {_others(figures)}

## Figures

{table(figures)}
"""


def _others(figures: Figures) -> str:
    """Return how much CPU the quickest others need, as a sentence."""
    ours = figures.of(Job("kernel", 0)).cpu
    times = {way: figures.of(Job(way, 0)).cpu / ours for way in ("duckdb_per_type", "polars")}
    return (
        f"Grouped by type first and spread into columns then, DuckDB needs {times['duckdb_per_type']:.1f} x"
        f" the kernel's CPU;\nPolars, all events held in memory, {times['polars']:.1f} x."
    )


def table(figures: Figures) -> str:
    """Return every job as a row of a Markdown table."""
    lines = [
        "| what | events | file's order | dates | leads | columns | looks | CPU s | wall s | peak GB"
        " | rounds |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for result in figures:
        job = result.job
        asked = ["", "", "", ""]
        if job.way != "limit":
            who = "all so far" if job.also_closed else "open"
            asked = [str(job.n_dates), who, f"{len(result.sums)}", f"{result.n_looks:,}"]
        cells = [
            _WAYS[job.way], f"{result.n_events / 1e6:.1f} M", job.order, *asked,
            f"{result.cpu:.2f}", f"{result.wall:.2f}", f"{result.rss / 1e9:.2f}",
            str(figures.rounds(job)),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def picture(figures: Figures) -> alt.HConcatChart:
    """Draw CPU against events, and the ways beside each other at the smallest size."""
    return (
        alt.hconcat(_growth(list(figures)), _beside(list(figures)))
        .configure_axis(labelFontSize=12, titleFontSize=12, grid=False)
        .configure_view(stroke=None)
    )


def _growth(results: list[Result]) -> alt.LayerChart:
    words = {
        ("limit", "lead"): "reading alone",
        ("kernel", "lead"): "sorted by lead",
        ("kernel", "time"): "ordered by time, with its sort",
    }
    usual = Job("", 0)
    rows = pd.DataFrame(
        [
            {"events": r.n_events / 1e6, "cpu": r.cpu, "file": words[r.job.way, r.job.order]}
            for r in results
            if (r.job.way, r.job.order) in words
            and (r.job.n_dates, r.job.columns, r.job.also_closed)
            == (usual.n_dates, usual.columns, usual.also_closed)
        ]
    )
    color = alt.Color(
        "file:N",
        scale=alt.Scale(domain=list(words.values()), range=[GREY, BLUE, ORANGE]),
        legend=None,
    )
    scale = alt.Scale(type="log", nice=False, padding=12)
    base = alt.Chart(rows).encode(
        x=alt.X("events:Q", title="events, millions", scale=scale, axis=_ticks([5, 10, 20, 50])),
        y=alt.Y("cpu:Q", title="CPU seconds", scale=scale, axis=_ticks([0.1, 0.3, 1, 3, 10, 30])),
        color=color,
    )
    last = rows.loc[rows["events"] == rows["events"].max()]
    names = (
        alt.Chart(last)
        .mark_text(align="left", dx=8, fontSize=12)
        .encode(x="events:Q", y="cpu:Q", text="file:N", color=color)
    )
    title = "12 dates, 72 columns: CPU grows as the events do"
    return alt.layer(base.mark_line(point=True), names).properties(
        width=330, height=260, title=title
    )


def _beside(results: list[Result]) -> alt.LayerChart:
    chosen = [r for r in results if r.job == Job(r.job.way, 0)]
    rows = pd.DataFrame(
        [
            {"way": _WAYS[r.job.way].replace(", joined per date", ""), "cpu": r.cpu,
             "told": f"{r.cpu:.2g}" if r.cpu < 10 else f"{r.cpu:.0f}",
             "is": r.job.way}
            for r in chosen
        ]
    )  # fmt: skip
    order = rows.sort_values("cpu")["way"].tolist()
    base = alt.Chart(rows).encode(
        y=alt.Y("way:N", sort=order, title=None, axis=alt.Axis(labelLimit=330, ticks=False)),
        x=alt.X("cpu:Q", title="CPU seconds"),
    )
    color = alt.Color(
        "is:N", scale=alt.Scale(domain=["limit", "kernel"], range=[GREY, BLUE]), legend=None
    )
    shade = alt.condition(
        alt.FieldOneOfPredicate("is", ["limit", "kernel"]), color, alt.value("#c9ccd1")
    )
    text = base.mark_text(align="left", dx=4, fontSize=12).encode(text="told:N")
    events = f"{chosen[0].n_events / 1e6:.0f} M events"
    return alt.layer(base.mark_bar().encode(color=shade), text).properties(
        width=300, height=260, title=f"The same columns by others: 12 dates, {events}"
    )


def _ticks(values: list[float]) -> alt.Axis:
    return alt.Axis(values=values, format="~g")
