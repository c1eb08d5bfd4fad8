"""A search as somebody reads it: a line for each trial, the best ones, the verdict, lines for params.yaml."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from leadscore.metrics import Figure
from leadscore.scoring.searching import Judgement, Outcome, Tried

_SHOWN = 5


def trial_line(tried: Tried, *, n: int) -> str:
    """Return the line of progress of a trial, `n` being wanted."""
    heard, what = tried.heard, "in force" if tried.number == 0 else _settings(tried.values)
    end = f"{heard.mean:.5f}"
    if not tried.is_complete:
        end += f", pruned after {len(heard.losses)} folds"
    return f"  {tried.number + 1} of {n}, trial {tried.number}: {end}  {what}"


def trials_screen(outcome: Outcome) -> Group:
    """Return the best complete trials and the settings in force, by loss on the folds."""
    table = Table(box=box.SIMPLE_HEAD, title="Best on the folds", title_justify="left")
    for column in ("trial", "loss", "difference", "rounds", "settings"):
        table.add_column(column, overflow="fold")
    first = outcome.trials[0]
    complete = sorted((t for t in outcome.trials if t.is_complete), key=lambda t: t.heard.mean)
    shown = complete[:_SHOWN] + [t for t in complete[_SHOWN:] if t is first]
    for each in shown:
        table.add_row(
            "0, in force" if each is first else str(each.number),
            f"{each.heard.mean:.5f}", f"{each.heard.mean - first.heard.mean:+.5f}",
            str(each.heard.rounds), _settings(each.values),
        )  # fmt: skip
    pruned = sum(not t.is_complete for t in outcome.trials)
    return Group(table, Text(f"{len(outcome.trials)} trials, {pruned} of them pruned."))


def sentence(outcome: Outcome) -> str:
    """Return the verdict in one sentence."""
    n, judged = len(outcome.trials), outcome.judgement
    if judged is None:
        return (
            f"Keep the settings in force: none of the other {n - 1} trials did better on the folds."
        )
    leads = judged.trees.figure
    told = (
        f"trial {outcome.best.number} of {n}: log loss of the trees {differs(leads)}, of the blend "
        f"{differs(judged.blend.figure)} against those in force, on {leads.n:,} later leads "
        f"({leads.n_won:,} won) nobody searched on"
    )
    if judged.is_better:
        return f"Better settings, {told}."
    return f"Keep the settings in force: {_why(judged)}, {told}."


def _why(judged: Judgement) -> str:
    if judged.trees.figure.high < 0:
        return "better trees make a worse blend"
    return "the best on the folds is no better than chance"


def differs(figure: Figure) -> str:
    """Return a difference with its interval."""
    if figure.why_no_interval:
        return figure.why_no_interval
    return f"{figure.value:+.4f} [{figure.low:+.4f}, {figure.high:+.4f}]"


def proposal_text(outcome: Outcome, *, place: str, study: str) -> str:
    """Return the proposal as YAML: evidence as comments, and the lines of `model` where one is made."""
    head = [sentence(outcome), f"Study {study}.", "Nothing here is in force."]
    if not outcome.is_better:
        return "".join(f"# {line}\n" for line in head) + "model: {}\n"
    head.append(
        f"To put it in force: take these lines over into {place} and train; its gates judge."
    )
    lines = [f"  {name}: {_written(value)}" for name, value in outcome.best.values.items()]
    return "".join(f"# {line}\n" for line in head) + "\n".join(["model:", *lines]) + "\n"


def _settings(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in values.items())


def _written(value: float) -> str:
    """Return a number without an exponent: YAML would read a text."""
    return str(value) if isinstance(value, int) else np.format_float_positional(value, trim="0")


def _value(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.4g}"
