"""One lead as a card: an HTML file that needs nothing but itself, for a salesperson's screen, phone or paper.

It shows a lead's data, so it is shared as the CRM's own records are. It runs no script and fetches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leadscore.domain.settings import Settings
from leadscore.review import lead as words
from leadscore.review.grid_tables import points_told
from leadscore.review.language import ENGLISH, Language
from leadscore.review.lead import Issued, LeadTold
from leadscore.review.templating import environment
from leadscore.scoring.grid.tracing import RuleTrace
from leadscore.scoring.reasoning import Reason

_WIDTH, _HEIGHT, _EDGE = 320.0, 90.0, 6.0


@dataclass(frozen=True)
class Spark:
    """The line of issued scores in a box of 320 x 90: ``x,y`` pairs, places of the thresholds, and it all in words."""

    line: str
    dots: tuple[tuple[float, float], ...]
    hot: float
    warm: float
    alt: str


@dataclass(frozen=True)
class RuleLine:
    """A rule of the grid: words in the page's language, evidence, points as text, and whether it speaks."""

    words: str
    evidence: tuple[str, ...]
    points: str
    holds: bool


def render(told: LeadTold, settings: Settings, language: Language = ENGLISH) -> str:
    """Return the whole card; the same inputs give the same bytes."""
    made = environment(language)
    made.filters["phrase"] = lambda text: _phrase(text, language)
    template = made.get_template("lead.html.j2")
    rules, stops = _rules(told, language)
    return template.render(
        told=told,
        standing=told.standing,
        language=language,
        words=words,
        trend=words.trend_sentence(told, days=settings.score.trend_days),
        spark=spark(told.history, hot=told.thresholds.hot, warm=told.thresholds.warm),
        reasons=[
            ("for", [_reason(reason) for reason in told.standing.reasons_for]),
            ("against", [_reason(reason) for reason in told.standing.reasons_against]),
        ],
        rules=rules,
        stops=stops,
        sums=[
            ("Points for fit", points_told(told.trace.fit, sign=True)),
            ("Points for engagement", points_told(told.trace.engagement, sign=True)),
        ],
    )  # fmt: skip


def spark(history: Sequence[Issued], *, hot: float, warm: float) -> Spark | None:
    """Return the line of issued scores by time; None where there are fewer than two.

    The box spans the scores and both thresholds, and a little more.
    """
    if len(history) < 2:
        return None
    scores = [each.score for each in history]
    low, high = min(*scores, warm) - 3, max(*scores, hot) + 3
    first, last = history[0].as_of, history[-1].as_of
    span = (last - first).total_seconds() or 1.0

    def at(each: Issued) -> float:
        share = (each.as_of - first).total_seconds() / span
        return round(_EDGE + share * (_WIDTH - 2 * _EDGE), 1)

    def up(score: float) -> float:
        return round(_HEIGHT - _EDGE - (score - low) / (high - low) * (_HEIGHT - 2 * _EDGE), 1)

    dots = tuple((at(each), up(each.score)) for each in history)
    alt = (
        f"{len(history):,} issued scores from {first:%Y-%m-%d} to {last:%Y-%m-%d}: first "
        f"{words.score_words(scores[0])}, last {words.score_words(scores[-1])}, lowest "
        f"{words.score_words(min(scores))}, highest {words.score_words(max(scores))}"
    )
    return Spark(" ".join(f"{x:g},{y:g}" for x, y in dots), dots, up(hot), up(warm), alt)


def _phrase(text: str, language: Language) -> str:
    """Return ``label: value`` in a language, by its parts where it is not known as a whole."""
    found = language.known(text)
    label, colon, value = text.partition(": ")
    if found is not None or not colon:
        return language.text(text)
    between = language.messages.get(colon, colon)
    return f"{language.known(label) or label}{between}{language.text(value)}"


def _reason(reason: Reason) -> tuple[str, str]:
    return reason.words, points_told(reason.whole, sign=True)


def _rules(told: LeadTold, language: Language) -> tuple[list[RuleLine], list[RuleLine]]:
    """Return the rules that say something first, the others after them; and the disqualifiers."""
    own = {each.id: each.words for each in (*told.grid.rules, *told.grid.disqualifiers)}

    def line(rule: RuleTrace) -> RuleLine:
        said = own[rule.rule]
        name = said.fr if language.name == "fr" else said.en
        holds = rule.state == "holds"
        points = points_told(rule.points, sign=True) if holds else rule.state
        seen = tuple(words.evidence_words(each, told.labels) for each in rule.evidence)
        return RuleLine(name, seen, points, holds)

    rules = [line(rule) for rule in told.trace.rules]
    stops = [line(stop) for stop in told.trace.disqualifiers]
    return sorted(rules, key=lambda rule: not rule.holds), [
        stop if not stop.holds else RuleLine(stop.words, stop.evidence, "disqualified", True)
        for stop in stops
    ]
