"""Learned half-lives against the truth: on the simulated CRM, and on a market whose decay is given.

The simulated CRM has hidden weekly states and no half-lives: its true half-life of a type is the one of
the same sum fitted to the exact chances of a win on many other leads. In the market of
`leadscore.simulation.fading` half-lives are constants, and the truth is exact. Run
``python -m benchmarks.decay``, with ``--repeats 40`` for a coverage worth quoting (three times as long);
each repeat has leads of its own.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from leadscore.adapters.config.params import load_settings
from leadscore.adapters.config.yaml_strict import load_yaml
from leadscore.domain.settings import Settings
from leadscore.history.bots import screen
from leadscore.history.labels import label
from leadscore.history.log import EventLog
from leadscore.scoring.grid import parse_grid
from leadscore.scoring.grid.decay.half_lives import HalfLife, LearnedDecay, learned_half_lives
from leadscore.scoring.grid.decay.rules import against_grid
from leadscore.simulation.blocks import Block, simulate_blocks
from leadscore.simulation.fading import FadingEvent, FadingWorld, draw_fading
from leadscore.simulation.world import default_world

ROOT = Path(__file__).resolve().parents[1]
Pair = tuple[pd.DataFrame, EventLog]
ALL = 10**9
N_FREQUENT, N_TRUTH_BLOCKS, N_LEADS, LEVEL = 5, 10, 20_000, 0.95
FADING = FadingWorld(
    events=(
        FadingEvent(name="visit", per_week=1.5, half_life_days=7, weight=0.25),
        FadingEvent(name="open", per_week=1.0, half_life_days=14, weight=0.15),
        FadingEvent(name="pricing", per_week=0.4, half_life_days=21, weight=0.5),
        FadingEvent(name="download", per_week=0.3, half_life_days=40, weight=0.3),
        FadingEvent(name="demo", per_week=0.1, half_life_days=10, weight=1.5),
    )
)
"""Five types that come together in bursts, half-lives from a week to six."""


def main() -> int:
    """Print the tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--repeats", type=int, default=10, help="data sets behind each coverage")
    asked.add_argument("--leads", type=int, default=2_000, help="leads of each, simulated CRM")
    given = asked.parse_args()
    start = time.process_time()
    settings = load_settings(ROOT / "params.yaml", [])
    crm(settings, repeats=given.repeats, n_leads=given.leads)
    fading(repeats=given.repeats, n_leads=1_000)
    print(f"\nCPU {time.process_time() - start:.0f} s")
    return 0


@dataclass(frozen=True)
class Held:
    """Half-lives near the truth and intervals that hold it, of so many."""

    near: int
    held: int
    n: int


def crm(settings: Settings, *, repeats: int, n_leads: int) -> tuple[Held, Held]:
    """Measure on the simulated CRM: one demo of 20,000 leads, then many others; say how many held."""
    names = {
        word: kind["type"] for word, kind in load_yaml(ROOT / "config/sources/demo.yaml")["events"].items()
    }  # fmt: skip
    types, grid_file = sorted(set(names.values())), ROOT / settings.grid.file
    (demo,) = blocks(settings, names, n_blocks=1, seed=settings.seed)
    frequent = most_frequent(demo[1])
    grid = parse_grid(load_yaml(grid_file), file=grid_file)
    ruled = [row.learned.event for row in against_grid(named(types), grid) if row.rule]
    learned = learned_half_lives(
        [demo], types, min_leads=settings.review.min_leads, wanted=[*frequent, *ruled], level=LEVEL
    )
    pool = list(blocks(settings, names, n_blocks=N_TRUTH_BLOCKS, seed=settings.seed + 1))
    exact = learned_half_lives(
        [(looks.assign(label=looks["p_won"]), log) for looks, log in pool],
        types, min_leads=1, saturation=learned.saturation, wanted=(), max_looks=ALL,
    )  # fmt: skip
    true = days_by_event(exact)
    print(f"## Simulated CRM, further events add: {learned.saturation}\n")
    print(told(learned, "demo"), told(exact, "truth"), sep="\n")
    print("\n| type | looks after it | leads | won | learned (days) | 95 % | true | off by | "
          "covers | tells | grid rule | grid (days) | learned is |\n" + "|---" * 13 + "|")  # fmt: skip
    for row in against_grid(learned.half_lives, grid):
        h, t = row.learned, true[row.learned.event]
        mark = "**" if h.event in frequent else ""
        print(
            f"| {mark}{h.event}{mark} | {h.n_looks:,} | {h.n_leads:,} | {h.n_won:,} | {h.days:.1f} "
            f"| [{h.low:.1f}, {h.high:.1f}] | {t:.1f} | {h.days / t - 1:+.0%} "
            f"| {holds(h, t)} | {h.why_not or 'yes'} "
            f"| {row.rule or '-'} | {row.grid_days:.0f} | {row.says} |"
        )
    sets = smaller(pool, n_sets=repeats, n_leads=n_leads)
    print(f"\n{repeats} data sets of {n_leads:,} other leads:\n")
    first = held([h for h in learned.half_lives if h.event in frequent], true)
    return first, coverage(sets, types, true, wanted=frequent, saturation=learned.saturation)


def held(found: Sequence[HalfLife], true: dict[str, float]) -> Held:
    """Count the half-lives within 25 % of the truth, and the intervals that hold it."""
    near = sum(is_near(h.days, true[h.event]) for h in found)
    return Held(near, sum(h.low <= true[h.event] <= h.high for h in found), len(found))


def is_near(days: float, true: float) -> bool:
    """Say whether a half-life is within 25 % of the truth."""
    return abs(days / true - 1) <= 0.25


def fading(*, repeats: int, n_leads: int) -> Held:
    """Measure on markets whose half-lives are given."""
    true = {event.name: event.half_life_days for event in FADING.events}
    sets = (draw_fading(FADING, n_leads=n_leads, seed=seed) for seed in range(repeats))
    print(f"\n## Half-lives given, {repeats} data sets of {n_leads:,} leads\n")
    return coverage(sets, list(true), true, wanted=list(true), saturation="none")


def coverage(
    sets: Iterator[Pair], types: Sequence[str], true: dict[str, float], *, wanted: Sequence[str],
    saturation: str,
) -> Held:  # fmt: skip
    """Print, per type, how near the learned half-lives are and how often intervals hold the truth."""
    found = [
        learned_half_lives(
            [pair], types, min_leads=1, saturation=saturation, wanted=wanted, level=LEVEL
        ).half_lives
        for pair in sets
    ]
    print(
        "| type | true (days) | median learned | within 25 % | intervals hold the truth | both ends |"
    )
    print("|---" * 6 + "|")
    for name in wanted:
        here = [h for row in found for h in row if h.event == name]
        days = np.array([h.days for h in here])
        near = np.mean([is_near(own, true[name]) for own in days])
        held_here = sum(h.low <= true[name] <= h.high for h in here)
        print(
            f"| {name} | {true[name]:.1f} | {np.median(days):.1f} | {near:.0%} "
            f"| {held_here} of {len(here)} | {sum(h.tells for h in here)} of {len(here)} |"
        )
    all_of_them = held([h for row in found for h in row if h.event in wanted], true)
    share = all_of_them.held / all_of_them.n
    print(
        f"\nintervals at {LEVEL:.0%} hold the truth in {all_of_them.held} of {all_of_them.n} ({share:.1%})"
    )
    return all_of_them


def blocks(
    settings: Settings, names: dict[str, str], *, n_blocks: int, seed: int
) -> Iterator[Pair]:
    """Yield mature looks with label and exact chance, and the screened events, block by block."""
    world = default_world()
    until = pd.Timestamp(world.end_seconds, unit="s", tz="UTC")
    for block in simulate_blocks(world, n_leads=n_blocks * N_LEADS, seed=seed):
        yield pair_of(block, settings, names, until)


def pair_of(block: Block, settings: Settings, names: dict[str, str], until: pd.Timestamp) -> Pair:
    """Return the looks and the log of one block, as the pipeline would see them."""
    created = block.leads.set_index("Lead ID")["Created"]
    deals, events = block.deals, block.events
    outcomes = pd.DataFrame(
        {
            "lead_id": deals["Lead ID"],
            "opened_at": created.reindex(deals["Lead ID"]).array,
            "status": deals["Status"].str.lower(),
            "closed_at": deals["Closed"],
            "amount": deals["Amount"].astype(float),
            "reason": deals["Reason"],
        }
    )
    table = pd.DataFrame(
        {
            "lead_id": events["Lead ID"],
            "occurred_at": events["Time"],
            "type": events["Activity"].map(names).astype("str"),
            "subject": events["Subject"],
            "value": events["Value"].astype(float),
        }
    )
    looks = block.truth
    age = (looks["as_of"] - created.reindex(looks["lead_id"]).array).dt.total_seconds() / 86_400
    looks = looks.assign(age_days=age).loc[age <= settings.snapshots.max_age_days]
    looks = label(looks, outcomes, horizon_days=settings.label.horizon_days, until=until)
    kept = looks.loc[looks["is_mature"], ["lead_id", "as_of", "age_days", "label", "p_won"]]
    log = EventLog.from_table(table, block.leads["Lead ID"])
    declared = {kind: kind for kind in names.values()}
    return kept.reset_index(drop=True), screen(log, settings.bots, declared=declared).log


def smaller(pool: Sequence[Pair], *, n_sets: int, n_leads: int) -> Iterator[Pair]:
    """Yield disjoint sets of leads, each spread over the whole history."""
    per_block = N_LEADS // n_leads
    for i in range(min(n_sets, per_block * len(pool))):
        looks, log = pool[i // per_block]
        mine = log.lead_ids[i % per_block :: per_block]
        yield looks.loc[looks["lead_id"].isin(mine)], log


def most_frequent(log: EventLog) -> list[str]:
    """Return the types with most events."""
    order = np.argsort(-np.bincount(log.type_code, minlength=len(log.types)))
    return [log.types[i] for i in order[:N_FREQUENT]]


def days_by_event(learned: LearnedDecay) -> dict[str, float]:
    """Return the half-lives by type."""
    return {h.event: h.days for h in learned.half_lives}


def named(types: Sequence[str]) -> list[HalfLife]:
    """Return half-lives of which nothing is known but the type."""
    return [HalfLife(t, math.nan, 0.0, math.inf, LEVEL, math.nan, 0, 0, 0, "-") for t in types]


def holds(h: HalfLife, true: float) -> str:
    """Say whether the interval holds the truth; one that is open at both ends proves nothing."""
    if h.low == 0 and math.isinf(h.high):
        return "-"
    return "yes" if h.low <= true <= h.high else "NO"


def told(learned: LearnedDecay, name: str) -> str:
    """Say what half-lives were learned from."""
    return (
        f"- {name}: {learned.n_looks:,} looks at {learned.n_leads:,} leads, "
        f"{learned.n_won:,} won, log loss {learned.log_loss:.4f}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
