"""What the manual grid costs beside the features: the default grid of eight rules on the same looks.

One pass reads the events of each batch of leads, builds the 72 columns of the bars, and the grid; each part
is timed apart, CPU of all threads: the grid beside features, which have sorted the events by type
already (as in the product), and the grid alone. Properties are drawn by lead, since the history holds events alone.

    python -m benchmarks.grid_speed --prefix 3
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.history_asked import LEFT_OUT, Looks, asked_types, bar_columns, dates
from benchmarks.history_data import ROOT, Histories, prepared
from benchmarks.history_ours import known_sum
from leadscore.adapters.config.params import load_settings
from leadscore.adapters.config.yaml_strict import load_yaml
from leadscore.adapters.events.event_files import EventFile
from leadscore.history.event_features import computed
from leadscore.history.kernel import Sweep
from leadscore.history.log import Moments
from leadscore.scoring.grid import evaluate, parse_grid

_WORDS = {
    "seniority": ("c_level", "director", "manager", "specialist", "student"),
    "industry": ("Software", "Retail", "Logistics", "Public sector"),
    "domain_class": ("professional", "consumer", "missing"),
}


@dataclass
class Cost:
    """CPU seconds by part, and what was done for them."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    n_looks: int = 0
    points: float = 0.0

    @contextmanager
    def clock(self, part: str) -> Iterator[None]:
        """Count what is done within to a part."""
        start = time.process_time()
        yield
        self.seconds[part] += time.process_time() - start


def properties(moments: Moments, seed: int) -> pd.DataFrame:
    """Draw properties of the leads, one row a moment."""
    draw, leads = np.random.default_rng(seed), len(moments.start) - 1
    lead = np.repeat(np.arange(leads), np.diff(moments.start))
    texts = {
        name: pd.Series(np.array(words, dtype=object)[draw.integers(0, len(words), leads)][lead],
                        dtype="str")
        for name, words in _WORDS.items()
    }  # fmt: skip
    employees = np.exp(draw.normal(4, 1.5, leads))[lead]
    return pd.DataFrame(texts).assign(employees=employees, age_days=100.0)


def measured(histories: Histories, prefix: int, n_dates: int) -> Cost:
    """Read a prefix once, and do both for every look."""
    grid_file = ROOT / load_settings(ROOT / "params.yaml").grid.file
    grid = parse_grid(load_yaml(grid_file), file=grid_file)
    size, columns, cost = histories.prefixes[prefix], bar_columns(), Cost()
    types = {*asked_types(), LEFT_OUT}
    looks = Looks.read(histories.leads, size.n_leads, dates(n_dates), also_closed=True)
    batches, done = EventFile(histories.by_lead(prefix)).batches(), 0
    while True:
        with cost.clock("read"):
            log = next(batches, None)
        if log is None:
            break
        upto = int(np.searchsorted(looks.lead_ids, log.lead_ids[-1], side="right"))
        log = log.of_leads(looks.lead_ids[done:upto])
        date, moments = looks.part(done, upto)
        table, done = properties(moments, done), upto
        sweep = Sweep(log, moments)
        with cost.clock("features"):
            sum(known_sum(values) for _, values in computed(columns, sweep))
        with cost.clock("grid"):
            score = evaluate(grid, table, sweep, known_types=types)
        with cost.clock("grid alone"):
            evaluate(grid, table, Sweep(log, moments), known_types=types)
        cost.points += float(score.points.sum())
        cost.n_looks += len(date)
    return cost


def main() -> int:
    """Print the cost of each part and the ratio."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--prefix", type=int, default=3)
    asked.add_argument("--dates", type=int, default=1)
    asked.add_argument("--folder", type=Path, default=ROOT / "data/bench/history")
    chosen = asked.parse_args()
    pa.set_cpu_count(2)
    histories = prepared(chosen.folder)
    measured(histories, 0, 1)  # compiled loops, imports
    cost = measured(histories, chosen.prefix, chosen.dates)
    s = cost.seconds
    print(
        f"{histories.prefixes[chosen.prefix].n_leads:,} leads, {cost.n_looks:,} looks, CPU s: "
        + ", ".join(f"{part} {seconds:.2f}" for part, seconds in s.items())
        + f"; grid / {len(bar_columns())} features {s['grid'] / s['features']:.2f}, alone "
        f"{s['grid alone'] / s['features']:.2f} (mean points {cost.points / cost.n_looks:.2f})"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
