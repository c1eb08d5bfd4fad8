"""The bars of the history benchmark, each with its figure, and whether all ways said the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.history_jobs import Job, Result

MOST_BY_LEAD, MOST_BY_TIME, LEAST_BEFORE_DUCKDB, MOST_DECLARED = 5.0, 12.0, 15.0, 3.0
MOST_BYTES = 2_000_000_000
EXPONENTS = (0.9, 1.1)


@dataclass(frozen=True)
class Bar:
    """One promise: its words with the figure in them, and whether it holds."""

    words: str
    holds: bool

    def __str__(self) -> str:
        return f"{'PASS' if self.holds else 'FAIL'}  {self.words}"


class Figures:
    """The median result of each job, over the rounds of one run."""

    def __init__(self, results: Sequence[Result]) -> None:
        self._by_job: dict[Job, list[Result]] = {}
        for result in results:
            self._by_job.setdefault(result.job, []).append(result)

    def __iter__(self) -> Iterator[Result]:
        return iter(self.of(job) for job in self._by_job)

    def of(self, job: Job) -> Result:
        """Return the result of middle CPU."""
        found = sorted(self._by_job[job], key=lambda result: result.cpu)
        return found[(len(found) - 1) // 2]

    def rounds(self, job: Job) -> int:
        """Return how often the job ran."""
        return len(self._by_job[job])

    def peak(self) -> Result:
        """Return our result of most memory."""
        ours = (r for found in self._by_job.values() for r in found if r.job.way == "kernel")
        return max(ours, key=lambda result: result.rss)


def bars(figures: Figures, *, largest: int, peers: int) -> list[Bar]:
    """Return every bar; `largest` and `peers` are the prefixes that the bars speak of."""
    limit = figures.of(Job("limit", largest)).cpu
    limit_by_time = figures.of(Job("limit", largest, order="time")).cpu
    by_lead = figures.of(Job("kernel", largest)).cpu
    by_time = figures.of(Job("kernel", largest, order="time")).cpu
    declared = figures.of(Job("kernel", largest, columns="declared")).cpu
    joined = figures.of(Job("duckdb", peers)).cpu
    ours = figures.of(Job("kernel", peers)).cpu
    peak = figures.peak()
    return [
        _at_most("12 dates, files sorted by lead: {} x reading", by_lead / limit, MOST_BY_LEAD),
        _at_most(
            f"12 dates, files ordered by time, sort included: {{}} x reading them"
            f" ({by_time / limit:.2f} x reading the sorted one)",
            by_time / limit_by_time,
            MOST_BY_TIME,
        ),
        _at_least(
            f"12 dates: {{}} x less CPU than DuckDB joined per date ({_events(figures, peers)})",
            joined / ours,
            LEAST_BEFORE_DUCKDB,
        ),
        _at_most("full declared set: {} x the 72 columns", declared / by_lead, MOST_DECLARED),
        Bar(
            f"peak memory {peak.rss / 1e9:.2f} GB ({peak.job.columns}, {peak.job.n_dates} dates, "
            f"order by {peak.job.order}); bar below {MOST_BYTES / 1e9:g}",
            peak.rss < MOST_BYTES,
        ),
        *(_linear(figures, order, largest) for order in ("lead", "time")),
    ]


def _linear(figures: Figures, order: str, largest: int) -> Bar:
    found = [figures.of(Job("kernel", i, order=order)) for i in range(largest + 1)]
    exponent = fitted_exponent([r.n_events for r in found], [r.cpu for r in found])
    low, high = EXPONENTS
    words = (
        f"CPU grows as events to the power {exponent:.3f}, files ordered by {order}; "
        f"bar {low:g} to {high:g}"
    )
    return Bar(words, low <= exponent <= high)


def fitted_exponent(n_events: Sequence[int], cpu: Sequence[float]) -> float:
    """Return the slope of log CPU on log events.

    Examples
    --------
    >>> round(fitted_exponent([1, 10, 100], [2.0, 20.0, 200.0]), 6)
    1.0
    """
    return float(np.polyfit(np.log(n_events), np.log(cpu), 1)[0])


def _at_most(words: str, figure: float, bar: float) -> Bar:
    return Bar(f"{words.format(f'{figure:.2f}')}; bar at most {bar:g}", figure <= bar)


def _at_least(words: str, figure: float, bar: float) -> Bar:
    return Bar(f"{words.format(f'{figure:.1f}')}; bar at least {bar:g}", figure >= bar)


def _events(figures: Figures, prefix: int) -> str:
    return f"{figures.of(Job('kernel', prefix)).n_events / 1e6:.0f} M events"


def disagreements(results: Sequence[Result]) -> list[str]:
    """Return where two ways asked the same looks and columns and did not say the same sums.

    Counts must be equal, other sums within 1e-9.
    """
    first: dict[tuple[object, ...], Result] = {}
    faults = []
    for result in results:
        job = result.job
        asked = (job.prefix, job.n_dates, job.columns, job.also_closed, job.way == "limit")
        known = first.setdefault(asked, result)
        if known.n_looks != result.n_looks or known.sums.keys() != result.sums.keys():
            faults.append(f"{job} looked otherwise than {known.job}")
        else:
            names = [name for name in known.sums if not _same(name, known.sums, result.sums)]
            faults += [f"{job} and {known.job} differ in {name}" for name in names]
    return faults


def _same(name: str, one: dict[str, float], other: dict[str, float]) -> bool:
    if "count" in name:
        return one[name] == other[name]
    return math.isclose(one[name], other[name], rel_tol=1e-9, abs_tol=1e-9)
