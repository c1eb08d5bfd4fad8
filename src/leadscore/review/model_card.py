"""The model card, after Mitchell et al. 2019: what a bundle is for, what it is not for, how good it is, on whom.

It is written at training, by figures; the approver's line is put in at promotion. No lead is named.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from leadscore.domain.settings import ReviewSettings
from leadscore.metrics import Figure, calibration_ratio, interval, log_loss
from leadscore.review.comparison import Comparison
from leadscore.review.drift import periods
from leadscore.review.levels import levels_in_words
from leadscore.review.succession import slices_of
from leadscore.review.words import METRIC_WORDS, OPINION_WORDS, number, percent, spread
from leadscore.scoring.champions import Promotion

APPROVER = "nobody: not promoted"
_HASH = "Bundle sha256: `{sha256}`"
_INTENDED = """\
- Order open B2B leads for sales: whom to call first, whom to keep in touch with, by the chance of a win.
- Users: sales, marketing and those who answer for them. A person reads the reasons and decides.
- Decision use: prioritisation. A rep may overrule any score, and says so in `feedback`."""
_PROHIBITED = """\
- Refusing a lead, a customer or a contract automatically.
- Setting a price, a discount or conditions of payment.
- Judging credit, solvency or insurance.
- Hiring, promoting or judging persons at work, whether leads or reps.
- Scoring persons who objected to direct marketing: they belong out of the export."""
_ETHICS = """\
Leads are persons, and a score is profiling. The features are what a lead did and its profession, firm and channel.
Protected columns become features only where somebody signed for them. A column left out may still speak through
others (postcode, school, first name): the slices above are where harm would show, for the groups the export names.
Trees trained on personal data may hold traces of it: erased leads go out of the export, and the next training forgets
them."""


@dataclass(frozen=True)
class CardInputs:
    """What a card rests on: manifest and hash of the bundle, the review's tables, the evidence."""

    manifest: Mapping[str, Any]
    sha256: str
    compared: Comparison
    evidence: pd.DataFrame
    review: ReviewSettings
    seed: int


def model_card(card: CardInputs) -> str:
    """Return the card as Markdown; the same inputs give the same text."""
    test = card.evidence.loc[card.evidence["window"] == "test"].reset_index(drop=True)
    about = card.manifest
    parts = {
        "Model details": _details(card),
        "Intended use": _INTENDED,
        "Prohibited use": _PROHIBITED,
        "Factors": _factors(test, card),
        "Metrics": _metrics(card.compared),
        "Evaluation data": _evaluation(about, test),
        "Training data": _training(about),
        "Slices": _slices(test, card),
        "Staleness": _staleness(test, card),
        "Ethical considerations": _ETHICS,
        "Caveats": _caveats(about),
        "Approver": APPROVER,
    }
    title = f"# Model card: lead scores of {about['source']}\n"
    return "\n".join([title, *(f"## {head}\n\n{text}\n" for head, text in parts.items())])


def names_bundle(text: str, sha256: str) -> bool:
    """Tell whether a card is that of a bundle."""
    return _HASH.format(sha256=sha256) in text


def approved(text: str, line: Promotion) -> str:
    """Return the card with its approver: who, when, why, and despite which gates."""
    told = [f"{line.by}, on {line.at}: {line.reason}"]
    told += [f"Despite a gate not passed: {gate}." for gate in line.despite]
    return text.replace(f"## Approver\n\n{APPROVER}", "## Approver\n\n" + "\n\n".join(told))


def _factors(test: pd.DataFrame, card: CardInputs) -> str:
    named = ", ".join(slices_of(test)) or "none, since the source names none"
    few = f"Groups below {card.review.min_leads} leads are too few and get no number."
    return f"Groups of leads measured apart: {named}. {few}"


def _details(card: CardInputs) -> str:
    about = card.manifest
    gates = [
        f"- {'passed' if g['passed'] else 'NOT passed'}: {g['gate']} ({g['evidence']})"
        for g in about["gates"]
    ]
    trees = f"{about['rounds']} trees and a ridge logistic over {about['n_features']} features"
    fitted = trees if about["rounds"] else "no model could be fitted"
    blend = about.get("blend")
    weights = "" if not blend else _weights(blend["scores"]["weights"], levels_in_words(blend))
    return "\n".join(
        [
            f"{_HASH.format(sha256=card.sha256)}",
            "",
            f"{OPINION_WORDS[about['opinion']]} leads; {fitted}{weights}, beside the "
            "manual grid and the base rate; text files, no pickle.",
            "",
            *gates,
        ]
    )


def _weights(weights: Sequence[float], levels: str) -> str:
    grid, logistic, trees = (f"{weight:.2f}" for weight in weights)
    told = f"trees {trees}, logistic {logistic}, grid {grid}"
    return f", blended with the grid's points in log-odds ({told}) and recalibrated, {levels}"


def _metrics(compared: Comparison) -> str:
    rows = []
    for found in compared.figures.to_dict(orient="records"):
        row = {str(key): value for key, value in found.items()}
        words, better, pattern = METRIC_WORDS[row["metric"]]
        rows.append(
            (f"{OPINION_WORDS[row['opinion']]}: {words} ({better})", number(row["value"], pattern),
             spread(row, pattern), f"{row['n']:,}, {row['n_won']:,}")
        )  # fmt: skip
    return _table(("opinion and metric", "value", "95 %", "leads, won"), rows)


def _evaluation(about: Mapping[str, Any], test: pd.DataFrame) -> str:
    n_leads = test["lead_id"].nunique()
    return (
        f"The test window: the last looks by time, {len(test):,} at {n_leads:,} leads, {_span(test)}. "
        f"No fit saw them; all were mature, their horizon of {about['horizon_days']} days over. Intervals resample "
        "leads, not looks."
    )


def _training(about: Mapping[str, Any]) -> str:
    rows = about["windows"]["rows"]
    counted = ", ".join(f"{name} {n:,}" for name, n in rows.items())
    until = f"until {about['observed_until'][:10]}" if about["observed_until"] else "without dates"
    return (
        f"Export of {about['source']} {until}, snapshots sha256 `{about['snapshots_sha256'][:12]}`. Mature looks by "
        f"window: {counted}; {about['n_inferred']:,} looks whose horizon was not over taught too. The figures are "
        "those of the recipe on earlier looks; what scores was then fitted on all of them."
    )


def _slices(test: pd.DataFrame, card: CardInputs) -> str:
    rows, n_too_few = [], 0
    for name in slices_of(test):
        levels = test[name].astype(object).where(test[name].notna(), "missing").astype(str)
        for level in sorted(levels.unique()):
            inside = test.loc[levels == level]
            if inside["lead_id"].nunique() < card.review.min_leads:
                n_too_few += 1
                continue
            loss, ratio = _loss(inside, card), _figure(calibration_ratio, inside, card)
            if ratio.n_won == 0:
                ratio = replace(ratio, why_no_interval="nothing won", low=math.nan, high=math.nan)
            rows.append((f"{name}: {level}", *_cells(loss), number(ratio.value, "{:.2f}"),
                         spread(vars(ratio), "{:.2f}")))  # fmt: skip
    heads = ("group", "log loss", "95 %", "leads, won", "won / expected", "95 %")
    told = _table(heads, rows) if rows else "No group is large enough."
    return f"{told}\n\nToo few for a number: {n_too_few} groups." if n_too_few else told


def _staleness(test: pd.DataFrame, card: CardInputs) -> str:
    """By period of the test window: a model frozen before it, as it gets older."""
    period, name = periods(test)
    rows = [
        (each, *_cells(_loss(test.loc[period == each], card))) for each in sorted(period.unique())
    ]
    table = _table((name, "log loss of the opinion that leads", "95 %", "leads, won"), rows)
    return (
        "Frozen when the test window opened, by period since:\n\n"
        f"{table}\n\nThe base rate moves log loss too: compare with the grid in the report. What becomes of it later "
        f"than this window cannot be said from here.{_ages(card.manifest.get('blend'))}"
    )


def _ages(blend: Mapping[str, Any] | None) -> str:
    """Return what older folds lost against the newest, on the same looks before the test window."""
    steps = (blend or {}).get("staleness") or []
    if not steps:
        return ""
    heads = ("older by", "log loss more", "95 %", "after the best shift", "95 %", "leads, won")
    rows = [
        (_older(step), *_more(step["plain"]), *_more(step["levelled"]), _leads(step))
        for step in steps
    ]
    return (
        "\n\nModels of several ages on the same looks before the test window, against the newest; the shift is what "
        f"recalibration can mend, the rest only a training can:\n\n{_table(heads, rows)}"
    )


def _older(step: Mapping[str, Any]) -> str:
    stretches = "1 stretch" if step["age"] == 1 else f"{step['age']} stretches"
    return stretches if step["days"] is None else f"{step['days']:.0f} days"


def _more(figure: Mapping[str, Any]) -> tuple[str, str]:
    return number(figure["value"], "{:+.4f}"), spread(figure, "{:+.4f}")


def _leads(step: Mapping[str, Any]) -> str:
    return f"{step['plain']['n']:,}, {step['plain']['n_won']:,}"


def _caveats(about: Mapping[str, Any]) -> str:
    low = "\n".join(f"- {line}" for line in about.get("warnings", []))
    fixed = (
        "- A chance is that of leads like these, worked as sales worked them then; it does not say what a call does.\n"
        "- Who was called was chosen by people and by earlier scores: leads nobody worked are judged by what became of "
        "them unworked."
    )
    return f"{fixed}\n{low}" if low else fixed


def _loss(looks: pd.DataFrame, card: CardInputs) -> Figure:
    return _figure(log_loss, looks, card)


def _figure(metric: Any, looks: pd.DataFrame, card: CardInputs) -> Figure:
    y, p = (looks[column].to_numpy(dtype=np.float64) for column in ("label", "p_issued"))
    return interval(
        metric, y, p, cluster=looks["lead_id"].astype(object), n_resamples=card.review.bootstrap,
        seed=card.seed, min_leads=card.review.min_leads,
    )  # fmt: skip


def _cells(figure: Figure) -> tuple[str, str, str]:
    return (
        number(figure.value, "{:.4f}"),
        spread(vars(figure), "{:.4f}"),
        f"{figure.n:,}, {figure.n_won:,}",
    )


def _span(test: pd.DataFrame) -> str:
    won = percent(float(test["label"].mean()))
    if test["as_of"].isna().any():
        return f"by order, {won} of looks won"
    return f"{test['as_of'].min():%Y-%m-%d} to {test['as_of'].max():%Y-%m-%d}, {won} of looks won"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(c) for c in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ")
