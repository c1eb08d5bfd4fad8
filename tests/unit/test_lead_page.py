"""One lead as a card and on the terminal: what is told, escaped, in two languages, and honest about what is missing."""

import dataclasses
import html
import io
import re

import pytest
from rich.console import Console

from leadscore.metrics import too_few
from leadscore.review.language import ENGLISH, language_named
from leadscore.review.lead import distance_sentence, evidence_words, what_if_words
from leadscore.review.lead_page import render, spark
from leadscore.review.lead_screen import lead_screen
from leadscore.scoring.counterfactuals import Counterfactual, WhatIfs
from leadscore.scoring.reasoning import Reason
from leadscore.scoring.similar import Similar
from tests import fakes
from tests.leads_told import DEMO, EVIL, history, lead_told, standing, trace

SETTINGS, FRENCH = fakes.settings(), language_named("fr")


def card(language=ENGLISH, **changes):
    """Return what a reader of the card reads: tags away, spaces single."""
    page = render(lead_told(**changes), SETTINGS, language)
    plain = re.sub(r"<(style|title).*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(plain).split())


def screen(**changes):
    out = io.StringIO()
    Console(file=out, width=100).print(lead_screen(lead_told(**changes), SETTINGS))
    return " ".join(out.getvalue().split())


def test_card_and_screen_tell_the_same_figures():
    for said in (card(), screen()):
        for told in (
            "10.5 points below hot, which begins at 65", "chance of a win 12.1%", "rising, from 47.2 in 7 days",
            "Demo requested: 2 in 30 days", "+12", "+16.7", "−12.5",
            "15.0% of 200 other leads scored within 5 points of 54.5 were won (95% 10.7 to 20.6) within 90 days",
            "Employees: 120, then Demo requested", "The strongest of 9 steps tried; each was scored anew.",
            "A step tells what the score would be, not what causes a win",
        ):  # fmt: skip
            assert told in said, told


def test_the_card_runs_nothing_and_loads_nothing():
    page = render(lead_told(), SETTINGS)
    assert "<script" not in page
    assert "://" not in page
    assert not re.search(r"@import|url\(", page)
    assert re.findall(r'(?:src|href)="([^"]*)"', page) == ["data:,"]
    assert "default-src 'none'" in page


def test_the_same_lead_gives_the_same_bytes():
    assert render(lead_told(), SETTINGS) == render(lead_told(), SETTINGS)


def test_whatever_a_lead_is_called_it_is_only_text():
    step = dataclasses.replace(DEMO, label=EVIL, told=EVIL)
    moves = WhatIfs((Counterfactual((step,), 71.2, 16.7, "hot", True),), (), 1, 0)
    page = render(
        lead_told(
            lead_id=EVIL, what_ifs=moves, notes=(EVIL,), labels={"channel": EVIL},
            standing=standing(reasons_for=(Reason(EVIL, 5.0),)),
        ), SETTINGS,
    )  # fmt: skip
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 6


def test_markup_of_the_terminal_is_only_text_too():
    assert "[bold]x[/bold]" in screen(lead_id="[bold]x[/bold]")
    assert "[red]y" in screen(standing=standing(reasons_for=(Reason("[red]y", 5.0),)))


@pytest.mark.parametrize(
    ("score", "tier", "said"),
    [
        (71.0, "hot", "6.0 points above hot, which begins at 65"),
        (65.0, "hot", "0.0 points above hot, which begins at 65"),
        (64.9, "warm", "0.1 points below hot, which begins at 65"),
        (12.0, "cold", "38.0 points below warm, which begins at 50"),
    ],
)
def test_the_distance_is_to_the_next_threshold(score, tier, said):
    assert distance_sentence(lead_told(standing=standing(score=score, tier=tier))) == said


def test_too_few_leads_alike_have_no_rate():
    few = Similar(too_few(7, 2, min_leads=30), 54.5, 5.0, 90, "own")
    for said in (card(similar=few), screen(similar=few)):
        assert "7 other leads scored within 5 points of 54.5: too few for a rate" in said
        assert "were won (" not in said


def test_by_the_base_rate_the_rate_is_that_of_all_others():
    every = dataclasses.replace(lead_told().similar, within=None)
    said = card(similar=every)
    assert "15.0% of 200 other leads were won (95% 10.7 to 20.6) within 90 days" in said
    assert "the base rate scores all alike" in said


def test_a_rate_by_another_training_than_the_champion_s_says_so():
    other = dataclasses.replace(lead_told().similar, basis="newest")
    assert "the champion that scores is another one" in card(similar=other)


def test_by_the_base_rate_nothing_moves_and_it_is_said():
    nobody = standing(opinion="base_rate", reasons_for=(), reasons_against=())
    by = {"standing": nobody, "what_ifs": WhatIfs((), (), 0, 0)}
    for said in (card(**by), screen(**by)):
        assert "Nobody leads: every lead has the base rate" in said
        assert "Nothing moves the score" in said
        assert "not what causes a win" not in said


def test_where_no_step_is_enough_that_is_said():
    up = Counterfactual((DEMO,), 60.0, 5.5, "warm", False)
    said = card(what_ifs=WhatIfs((up,), (), 9, 15))
    assert "None of 9 steps, nor two of the best together, would reach the next tier" in said
    assert "would make it 60.0, still warm" in said
    assert "None of 9 single steps would raise the score" in card(what_ifs=WhatIfs((), (), 9, 15))


def test_a_disqualified_lead_has_no_chance_and_its_rule_is_named():
    out = {
        "standing": standing(score=0.0, tier="cold", probability=None, is_disqualified=True),
        "trace": trace("spam"),
    }
    assert "a rule of the grid disqualifies the lead" in card(**out)
    assert "Spam Channel: spam disqualified" in card(**out)
    assert "disqualified: Spam. The score is 0" in screen(**out)


def test_where_percentages_did_not_hold_none_is_told():
    said = card(standing=standing(probability=None))
    assert "percentages did not come true for leads like this one" in said
    assert "%" not in said.split("Why this score")[0]


def test_a_lead_without_issued_scores_says_so():
    for said in (card(history=[]), screen(history=[])):
        assert "one was issued to this lead so far" in said
    assert "<svg" not in render(lead_told(history=[]), SETTINGS)


def test_the_line_of_scores_is_told_in_words():
    drawn = spark(history(50.0, 61.5, 54.5), hot=65.0, warm=50.0)
    assert drawn.alt == (
        "3 issued scores from 2026-02-15 to 2026-03-01: first 50.0, last 54.5, lowest 50.0, highest 61.5"
    )
    (first, low), (_, high), (last, middle) = drawn.dots
    assert first < last
    assert high < middle < low  # up is little in a picture
    assert drawn.hot < drawn.warm == low


@pytest.mark.parametrize("scores", [(0.0, 0.0), (100.0, 100.0), (0.0, 100.0), (50.0,) * 30])
def test_every_dot_and_threshold_lies_in_the_box(scores):
    drawn = spark(history(*scores), hot=65.0, warm=50.0)
    assert all(0 <= x <= 320 and 0 <= y <= 90 for x, y in drawn.dots)
    assert 0 <= drawn.hot <= drawn.warm <= 90
    assert spark(history(50.0), hot=65.0, warm=50.0) is None


def test_two_of_the_same_are_told_as_twice():
    assert (
        what_if_words(Counterfactual((DEMO, DEMO), 80.0, 20.0, "hot", True))
        == "Demo requested, twice"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('channel is "ads"', "Channel: ads"),
        ("channel is missing", "Channel: missing"),
        ("employees is 553", "employees: 553"),
        ("2 demo_request or channel in 7 days", "2 “Demo requested”, “Channel” in 7 days"),
        ("last engagement 1.8 days ago", "last engagement 1.8 days ago"),
    ],
)
def test_evidence_is_told_in_words(line, said):
    assert evidence_words(line, lead_told().labels) == said


def test_the_french_card_has_the_same_figures_and_french_words():
    page = render(lead_told(), SETTINGS, FRENCH)
    assert '<html lang="fr">' in page
    plain = card(FRENCH)
    for told in ("54,5", "tiède", "Pourquoi ce score", "10,5 points en dessous de chaud", "+16,7",
                 "le mettrait à 71,2, chaud", "Points d'adéquation", "en hausse"):  # fmt: skip
        assert told in plain, told
    assert 'aria-label="Ce qui le baisserait"' in page
    for left in ("would", "points below", "Why", "issued", "which begins"):
        assert left not in plain, left
    figures = [re.findall(r"\d+[.,]\d+", text) for text in (card(), plain)]
    assert sorted(f.replace(",", ".") for f in figures[1]) == sorted(figures[0])
