"""The page of the thresholds benchmark: regret, reversals and churn by scenario and size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.thresholds.promises import PROMISED, Promise
from benchmarks.thresholds.ways import OURS, WAYS
from benchmarks.thresholds.world import QUARTERS, SCENARIOS, WORTH, Followed

_HEAD = f"""# Thresholds over quarters whose chances are known

`make bench-thresholds` writes this page. Leads come with a promise and win by a line of it that may move
(`benchmarks/thresholds/world.py`); a lead is worth its call from a chance of {WORTH:.0%} on. Each of
{QUARTERS} quarters is worked by the cut that the review of the quarters before left in force. **Regret** is the
share of the best cut's profit that is lost, mean over quarters, with its standard error; the first quarter after a
shock is lost by everybody. **Reversals** are moves against the one before, in all reviews. **Churn** is
the share of the hot list that a review changes. **Promised**: the cut that is said to keep a precision with
a confidence of nine in ten; broken by the true line of the quarter reviewed, and of the one after, which nobody knew.
"""


def page(
    found: Mapping[tuple[str, int, str], Sequence[Followed]],
    promised: Mapping[tuple[str, int], Sequence[Promise]],
    bars: Sequence[str],
) -> str:
    """Return the page as Markdown."""
    told = [_HEAD, "## Bars\n", *(f"- {bar}" for bar in bars), ""]
    sizes = sorted({n for _, n, _ in found})
    for scenario, words in SCENARIOS.items():
        n_runs = len(found[scenario, sizes[0], OURS])
        told += [f"## {scenario.capitalize()}: {words}\n", f"{n_runs} histories a cell.\n"]
        for title, cell in (("Regret", _regret), ("Reversals", _reversals), ("Churn", _churn)):
            told += [
                f"| {title} | {' | '.join(f'{n:,} leads' for n in sizes)} |",
                "|---" * (len(sizes) + 1) + "|",
            ]
            for name in WAYS:
                shown = " | ".join(cell(found[scenario, n, name]) for n in sizes)
                told.append(f"| {f'**{name}**' if name == OURS else name} | {shown} |")
            told.append("")
        told += _promises([promised[scenario, n] for n in sizes], sizes)
    return "\n".join(told)


def _promises(made: Sequence[Sequence[Promise]], sizes: Sequence[int]) -> list[str]:
    """Return the table of the promises of one scenario."""
    answered = [[each for each in own if each.kept is not None] for own in made]
    later = [[each.kept_next for each in own if each.kept_next is not None] for own in answered]
    rows = {
        "reviews with an answer": [
            len(a) / len(m) for a, m in zip(answered, made, strict=True)
        ],
        "broken in the quarter reviewed": [
            np.mean([not each.kept for each in own]) if own else np.nan for own in answered
        ],
        "broken in the quarter after": [1 - np.mean(own) if own else np.nan for own in later],
        "wins caught, of those within reach": [
            np.mean([each.caught for each in own]) if own else np.nan for own in answered
        ],
    }  # fmt: skip
    head = f"| {PROMISED:.0%} promised | {' | '.join(f'{n:,} leads' for n in sizes)} |"
    told = [head, "|---" * (len(sizes) + 1) + "|"]
    for name, values in rows.items():
        shown = " | ".join("none" if np.isnan(v) else f"{v:.1%}" for v in values)
        told.append(f"| {name} | {shown} |")
    return [*told, ""]


def _regret(runs: Sequence[Followed]) -> str:
    lost = np.array([each.regret for each in runs])
    error = lost.std(ddof=1) / np.sqrt(len(lost)) if len(lost) > 1 else np.nan
    return f"{lost.mean():.2%} ± {error:.2%}"


def _reversals(runs: Sequence[Followed]) -> str:
    return f"{np.mean([each.reversals for each in runs]):.2f}"


def _churn(runs: Sequence[Followed]) -> str:
    return f"{np.mean([each.churn for each in runs]):.1%}"
