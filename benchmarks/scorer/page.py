"""The page of the scorer's cost: reasons beside others' ways, a night step by step, how it grows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.scorer.nights import Night
from benchmarks.scorer.sums import Sums
from benchmarks.scorer.trees import N_FEATURES, N_LEAVES, N_TREES, TOP, Compared

LEAST_REASONS = {"numeric": 40.0, "categorical": 30.0}
LEAST_PREDICTION, MOST_APART = 3.0, 1e-12
MOST_CPU, MOST_BYTES, FULL = 180.0, 3_000_000_000, 1_000_000
EXPONENTS = (0.95, 1.05)
MOST_POINTS = 1e-9

Bar = tuple[bool, str]

_HEAD = f"""# What a night costs

`make bench-scorer` writes this page. Trees: {N_TREES} of {N_LEAVES} leaves over {N_FEATURES} features.
Rows a second are of **CPU** seconds on one thread, the median of three rounds in which the ways take turns; a shared
machine slows all of them alike. A night is the whole job in a process of its own, after one that compiled: imports,
hashes of the inputs, features at two moments (tonight and a week ago, for the trend), blend, reasons in words, gates,
the partition with its manifest and the CRM's import.
Leads are those of a simulated CRM, repeated under other ids, all of them open.
"""


def exponent(nights: Sequence[Night]) -> float | None:
    """Return the power of leads by which CPU grows, beside what a night of the fewest leads costs anyway."""
    if len(nights) < 3:
        return None
    first, *rest = sorted(nights, key=lambda night: night.n_leads)
    x = np.log([night.n_leads - first.n_leads for night in rest])
    y = np.log([night.cpu - first.cpu for night in rest])
    return float(np.polyfit(x, y, 1)[0])


def bars(trees: Sequence[Compared], nights: Sequence[Night], sums: Sums) -> list[Bar]:
    """Return what was promised, with the figure in the words, and whether it holds."""
    out = [bar for one in trees for bar in _trees_bars(one)]
    out += [bar for night in nights if night.n_leads == FULL for bar in _night_bars(night)]
    out.append(
        (
            sums.apart <= MOST_POINTS,
            f"reasons of {sums.n_leads:,} leads add up to the blend within {sums.apart:.1e} score "
            f"points (bar {MOST_POINTS:g})",
        )
    )
    power = exponent(nights)
    if power is not None:
        low, high = EXPONENTS
        out.append(
            (
                low <= power <= high,
                f"CPU grows with leads to the power {power:.3f} (bar {low} to {high})",
            )
        )
    return out


def _trees_bars(one: Compared) -> list[Bar]:
    reasons = one.rate("our reasons") / one.rate("pred_contrib")
    faster = one.rate("our prediction") / one.rate("LightGBM predict")
    least = LEAST_REASONS[one.kind]
    told = {
        f"exact top-{TOP} reasons {reasons:.0f} times pred_contrib (bar {least:g})": reasons
        >= least,
        f"prediction {faster:.1f} times LightGBM's (bar {LEAST_PREDICTION:g})": faster
        >= LEAST_PREDICTION,
        f"contributions at most {one.apart:.1e} from LightGBM's (bar {MOST_APART:g})": one.apart
        <= MOST_APART,
        "log-odds are LightGBM's to the last bit": one.same_bits,
    }
    return [(holds, f"{one.kind}: {words}") for words, holds in told.items()]


def _night_bars(night: Night) -> list[Bar]:
    of = f"{night.n_leads:,} leads, {night.n_events:,} events"
    return [
        (night.cpu <= MOST_CPU, f"{of}: {night.cpu:.0f} CPU seconds (bar {MOST_CPU:g})"),
        (
            night.rss <= MOST_BYTES,
            f"{of}: {night.rss / 1e9:.2f} GB at most in memory (bar {MOST_BYTES / 1e9:g})",
        ),
    ]


def page(
    trees: Sequence[Compared], nights: Sequence[Night], sums: Sums, told: Sequence[str], date: str, *,
    taken: Sequence[int] = (),
) -> str:  # fmt: skip
    """Return the page as Markdown; nights `taken` were measured in an earlier run."""
    lines = [_HEAD, f"Measured on {date}, on two shared cores.\n" if date else "", "## Bars\n"]
    lines += [f"- {bar}" for bar in told]
    lines += ["", "## Trees", "", *_of_trees(trees), "", "## Nights", "", *_of_nights(nights), ""]
    lines += [f"The night of {n:,} leads was measured in an earlier run.\n" for n in taken]
    lines += ["## Reasons add up", "", _of_sums(sums), ""]
    return "\n".join(lines)


def _of_trees(trees: Sequence[Compared]) -> list[str]:
    out = [
        "| features | way | rows a CPU second | rows measured | against LightGBM's own |",
        "|---|---|---|---|---|",
    ]
    for one in trees:
        for rate in one.rates:
            to = (
                "LightGBM predict"
                if "predict" in rate.way.lower().replace("pred_contrib", "")
                else "pred_contrib"
            )
            ratio = rate.rows_per_second / one.rate(to)
            out.append(
                f"| {one.kind} | {rate.way} | {rate.rows_per_second:,.0f} | {rate.n_rows:,} | {ratio:.1f} |"
            )
    out.append("")
    for one in trees:
        out.append(
            f"{one.kind.capitalize()}: tables of {one.n_bytes / 1e6:.0f} MB, made in {one.made:.1f} CPU "
            f"seconds; contributions {one.apart:.1e} from LightGBM's, in float32 {one.single_apart:.1e}.\n"
        )
    return out


def _of_nights(nights: Sequence[Night]) -> list[str]:
    names = list(nights[0].steps) if nights else []
    head = ["", *(f"{night.n_leads:,} leads" for night in nights)]
    out = [_row(head), "|" + "---|" * len(head)]
    out.append(_row(["events", *(f"{night.n_events:,}" for night in nights)]))
    out += [_row([name, *(f"{night.steps[name]:.1f} s" for night in nights)]) for name in names]
    out.append(_row(["**CPU in all**", *(f"**{night.cpu:.1f} s**" for night in nights)]))
    out.append(_row(["wall", *(f"{night.wall:.1f} s" for night in nights)]))
    out.append(_row(["most memory", *(f"{night.rss / 1e9:.2f} GB" for night in nights)]))
    out.append(_row(["published", *(f"{night.published / 1e6:.0f} MB" for night in nights)]))
    return out


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _of_sums(sums: Sums) -> str:
    return (
        f"Of {sums.n_leads:,} leads the sum of base, features, rules and rest is at most "
        f"{sums.apart:.1e} score points from the blend, and {sums.to_score:.1e} from the score on its "
        "scale (leads at 0 and 100 apart, where the scale ends). For "
        f"{sums.with_rest:.1%} of them a part belongs to no reason: what caps and floors of the grid "
        "and the ends of the parts' log-odds take away."
    )
