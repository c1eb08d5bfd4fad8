"""Everything measured of the manual grid, in one run, as docs/benchmarks/grid.md; 1 if a bar is missed.

Run ``python -m benchmarks.grid_page``: learned points, learned half-lives, and what eight rules cost
beside a pass of features. Needs the real data (LEADSCORE_REAL_DATA), a demo that was run, and the
events of ``make bench-history``, which it simulates where they are not there.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable

import pyarrow as pa

from benchmarks import decay, grid_learning, grid_speed
from benchmarks.history_data import ROOT, prepared
from benchmarks.real_sets import data_folder
from leadscore.adapters.config.params import load_settings

PAGE = ROOT / "docs/benchmarks/grid.md"
N_SETS, N_LEADS, N_GIVEN = 10, decay.N_LEADS, 5_000


def said(do: Callable[[], list[str]]) -> tuple[str, list[str]]:
    """Return what a measurement prints, and its bars."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        bars = do()
    return told.getvalue().strip(), bars


def learning() -> list[str]:
    """Print hand-written grid, learned grid and model on the same leads."""
    found = grid_learning.measured()
    grid_learning.printed(found)
    return found.bars


def half_lives() -> list[str]:
    """Print learned half-lives against the truth."""
    settings = load_settings(ROOT / "params.yaml", [])
    shipped, others = decay.crm(settings, repeats=N_SETS, n_leads=N_LEADS)
    given = decay.fading(repeats=N_SETS, n_leads=N_GIVEN)
    verdict = "PASS" if shipped.near == shipped.n else "FAIL"
    return [
        f"{'PASS' if given.near >= 0.95 * given.n else 'FAIL'}  half-lives given: {given.near} of {given.n} "
        f"learned within 25 %; 95 % intervals hold {given.held} of {given.n}",
        f"{verdict}  demo, five most frequent types: {shipped.near} of {shipped.n} within 25 % "
        f"(other leads: {others.near} of {others.n}); 95 % intervals hold {others.held} of {others.n}",
    ]


def speed() -> list[str]:
    """Print what eight rules cost on a million leads, beside the features and alone."""
    pa.set_cpu_count(2)
    histories = prepared(ROOT / "data/bench/history")
    grid_speed.measured(histories, 0, 1)  # compiled loops, imports
    lines = []
    for n_dates in (1, 12):
        cost = grid_speed.measured(histories, 3, n_dates)
        beside, alone = (
            cost.seconds[part] / cost.seconds["features"] for part in ("grid", "grid alone")
        )
        print(
            f"- {histories.prefixes[3].n_leads:,} leads, {n_dates} date(s), {cost.n_looks:,} looks, CPU s: "
            + ", ".join(f"{part} {seconds:.2f}" for part, seconds in cost.seconds.items())
        )
        lines.append(
            f"{'PASS' if max(beside, alone) <= 1 else 'FAIL'}  1 M leads, 8 rules, {n_dates} date(s): {beside:.2f} x "
            f"the CPU of 72 features beside them, {alone:.2f} x alone; bar 1"
        )
    return lines


def main() -> int:
    """Measure all and write the page."""
    if not data_folder().is_dir():
        print("bench: no real data; set LEADSCORE_REAL_DATA", file=sys.stderr)
        return 2
    parts = {
        "Cost of eight rules": said(speed),
        "Learned points": said(learning),
        "Learned half-lives": said(half_lives),
    }
    bars = [bar for _, own in parts.values() for bar in own]
    lines = [
        "# The manual grid, measured", "",
        "`make bench-grid` measures everything below in one run and rewrites this page; 95 % intervals over leads.",
        "Grids are learned on what was known before the later window and judged on it; points become probabilities",
        "by the same curve for every grid. `unrounded` is the learned model before its points.", "",
        "## Bars", "", *(f"- {bar}" for bar in bars),
    ]  # fmt: skip
    for title, (text, _) in parts.items():
        lines += ["", f"## {title}", "", text.replace("\n## ", "\n### ").removeprefix("## ")]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(bars))
    return int(any(bar.startswith("FAIL") for bar in bars))


if __name__ == "__main__":
    sys.exit(main())
