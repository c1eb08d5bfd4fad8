"""The page in French: every text has its French, none is stale, and no figure changes but in its dress."""

import dataclasses
import html
import re
from html.parser import HTMLParser

import pytest

from leadscore.review.language import _BREAKS, _PLACE, ENGLISH, language_named, spec_in
from leadscore.review.quarter.page import quarter_page
from leadscore.review.report import pictures, render
from tests import messages
from tests.reports import AT, EVIL, evidence, looked_at_again, with_what_if
from tests.unit.test_drift_report import _with_drift
from tests.unit.test_quarter_page import DEALS, SCORED, joined, told
from tests.unit.test_report import BOTS

FRENCH = language_named("fr")
# Texts that are no sentence of the page, or only pieces of one in `COMPOSED`.
NOT_ALONE = {
    "system-ui, sans-serif", "window.vegaEmbed = vegaEmbed;", "out of time", "closed before",
    "no levels of segments", "levels of Xyz", "all gates passed", "not passed:", "Xyz: Xyz",  # the screen, the card
    "7 Xyz", "Xyz 7", "Xyz Xyz", "Xyz (Xyz)", "Xyz: 7 / 7", "leads Xyz", "EUR Xyz", "Xyz; faint: Xyz",
    "Xyz score on the scale means a probability of 7 or more", "Xyz from 7 to 7: Xyz.", "Xyz stays at 7: Xyz.",
    "and Xyz more", "faint: Xyz", "without an amount", "with an amount below 0", "7 won leads Xyz",
    "7 Xyz (95% 7 to 7)", "both set to the window's share of wins", "7 at least",
    "log loss 7 [7, 7] against itXyz, probability of less 7, 7 needed; Xyz leads, Xyz won",
    "Orange squares: promised. Blue dots: won, with 95% interval. Full colour: Xyz",
    "Known only as exported, so possibly written after the outcome; the leakage gate found no sign of it:",
    "Rules of the grid that this source cannot judge (0 points):",
}  # fmt: skip
COMPOSED = (
    "leads a week", "leads per 1,000 leads", "EUR a week", "EUR per 1,000 leads", "model 38%, grid 4.1%", "7 to 9",
    "every score on the scale means a probability of 1.2% or more", "no score on the scale means a probability of 9.0% or more",
    "Change. Hot from 65 to 60: every lead has the same score: no threshold can tell them apart.",
    "Change. Warm from 65 to 60: the best cut lies at the end of the scale. Hot stays at 65: no lead.",
    "Warm stays at 65: no lead.", "a 10.0% chance of winning begins at 65.3 points (95% 60.1 to 70.2)",
    "the best cut lies at the end of the scale, but replayed on the same leads, each worked once at its first look "
    "there, the move loses 1,234 EUR a week (95% 12 to 2,345)", "1,234 EUR per 1,000 leads (95% 12 to 2,345)",
    "In force: 65 / 50", "Proposed: 65 / 44.5", "Best by the evidence: 65 / 44",
    "Orange squares: promised. Blue dots: won, with 95% interval. Full colour: 2026 Q1; faint: 2025 Q4. The 12 with most leads.",
    "Full colour: 2026 Q1.", "Tells the date: a, b and 7 more.", "a, b and 7 more", "2026Q1: scores against what became of the leads",
    "Left out: 1,234 won leads without an amount and 3 won leads with an amount below 0.",
    "Days to the win (scores really issued)", "NPS of customers by the score they had (NOT issued: out-of-time scores of the training)",
    "log loss -0.0069 [-0.0141, +0.0006] against it, probability of less 0.953, 0.975 needed; 1111 leads, 97 won",
    "log loss -0.0069 [-0.0141, +0.0006] against it, both set to the window's share of wins, probability of less 0.9, 0.9 needed; 11 leads, 9 won",
    "log loss -0.0069 [-0.0141, +0.0006] against it, -0.002 at least, probability of less 0.9, 0.9 needed; 11 leads, 9 won",
    "log loss -0.0069 [-0.0141, +0.0006] against it, both set to the window's share of wins, -0.002 at least, probability of "
    "less 0.9, 0.9 needed; 11 leads, 9 won",
    "Known only as exported, so possibly written after the outcome; the leakage gate found no sign of it: a, b.",
    "Rules of the grid that this source cannot judge (0 points): a; b.", "The manual grid leads: the model did not pass “model beats the grid”.",
    "1,230 of 2,000 “E-mail clicked” (61.5%) and 3 of 4 “E-mail opened” (75.0%)", "Channel", "channel", "product", "industry", "country", "owner",
    "Demo requested, last n days ago", "Demo requested, in 30 days", "Own actions, on n days in 90 days",
    "Demo requested, recent (half-life 14 days)", "Lead is n days old", "Industry", "Country", "Owner", "Product", "Language", "Employees",
    "Company size", "E-mail domain", "95%", "Change.", "No change.", "too few leads for an interval", "bands", "no model",
    "Bands: order of the bands with at least 7 leads against their conversion.", "lead", "leads", "points", "In force: 7 / 7",
)  # fmt: skip
"""Sentences that the code puts together from pieces, and words of mappings: they too are known in French."""


class _Texts(HTMLParser):
    """Collect what a reader reads or hears: text between tags, and labels."""

    def __init__(self, page):
        super().__init__()
        self.found, self.is_read = [], True
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.is_read = tag not in ("script", "style")
        self.found += [value for name, value in attrs if name == "aria-label"]

    def handle_endtag(self, tag):
        self.is_read = True

    def handle_data(self, text):
        if self.is_read and text.strip():
            self.found.append(text.strip())


def _is_known(said):
    """Tell whether all of a text is in the catalogue, whole or piece by piece; Xyz stands for anything."""
    if said.strip(" .") in ("Xyz", "a", "b") or FRENCH._whole(said) is not None:
        return True
    pieces = next((at.split(said) for at, *_ in _BREAKS if at.search(said)), [])
    return len(pieces) > 1 and all(_is_known(piece) for piece in pieces)


@pytest.fixture(scope="module")
def inputs():
    """Return inputs of a page with every section."""
    tried = with_what_if(looked_at_again(), in_force=AT)
    quarter = quarter_page(told(joined(SCORED, DEALS)))
    drifts = _with_drift().drifting
    return dataclasses.replace(tried, drifting=drifts, quarter=quarter, bots=BOTS)


@pytest.fixture(scope="module")
def pages(inputs):
    return render(inputs), render(inputs, FRENCH)


def test_every_message_of_templates_and_script_has_its_french():
    said = messages.template_messages() | messages.script_messages()
    assert sorted(said - set(FRENCH.messages)) == []


@pytest.mark.parametrize("module", messages.MODULES)
def test_every_sentence_of_the_modules_has_its_french(module):
    unknown = [
        ways[-1]
        for ways in messages.sentences(module)
        if not NOT_ALONE & set(ways) and "vegaEmbed" not in ways[0] and not any(map(_is_known, ways))
    ]  # fmt: skip
    assert unknown == []


@pytest.mark.parametrize("said", COMPOSED)
def test_what_is_put_together_from_pieces_has_its_french(said):
    assert _is_known(said)


def test_no_entry_is_stale():
    said = messages.template_messages() | messages.script_messages() | messages.constants()
    ways = [way for module in messages.MODULES for each in messages.sentences(module) for way in each]
    pieces = {piece for text in (*ways, *COMPOSED) for at, *_ in _BREAKS for piece in at.split(text)}
    shown = [*ways, *COMPOSED, *pieces, *(p for text in pieces for at, *_ in _BREAKS for p in at.split(text))]
    left = [m for m in FRENCH.messages if m not in said and m not in shown and m.strip() not in (";", ",", "and")]
    looks = {message: _looks(message) for message in left}
    assert [m for m in left if not any(looks[m].fullmatch(text) for text in shown)] == []


def _looks(message):
    return re.compile(re.sub(r"\\{\w+(:d)?\\}", ".+?", re.escape(message)))


@pytest.mark.parametrize("message", FRENCH.messages)
def test_both_sides_have_the_same_places(message):
    places, said = (
        sorted(name for name, _ in _PLACE.findall(text)) for text in (message, FRENCH.messages[message])
    )
    assert places == said
    assert len(places) == len(set(places))


def test_the_french_page_says_so_and_keeps_no_english_of_the_catalogue(pages):
    _, french = pages
    assert '<html lang="fr">' in french
    english = {text for text, said in FRENCH.messages.items() if text != said}
    assert sorted(english & set(_Texts(french).found)) == []


def test_figures_are_the_english_ones_but_for_their_dress(pages):
    both = [_Texts(page).found for page in pages]
    assert len(both[0]) == len(both[1])
    for english, french in zip(*both, strict=True):
        assert sorted(re.findall(r"\d", english)) == sorted(re.findall(r"\d", french)), english


def test_text_from_outside_is_escaped_in_french_too(inputs):
    evil = dataclasses.replace(inputs, source=EVIL, warnings=[EVIL], drifting=_with_drift().drifting)
    assert EVIL not in render(evil, FRENCH)


def test_english_is_the_page_without_a_language(inputs, pages):
    assert pages[0] == render(inputs, ENGLISH) == render(inputs, language_named("en"))


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("12,345.6", "12 345,6"),
        ("61.5%", "61,5_%"),
        ("−0.0222 to +0.0006", "−0,0222 à +0,0006"),
        ("EUR a week", "€ par semaine"),
        ("2026 Q1", "2026 T1"),
        ("2026-06-28 21:03 UTC", "2026-06-28 21:03 UTC"),
        ("a note nobody knows, of 1,234.5 leads", "a note nobody knows, of 1 234,5 leads"),
        ("version 1.2.3", "version 1.2.3"),
    ],
)
def test_numbers_are_french_and_what_is_unknown_stays(english, french):
    said = FRENCH.text(english).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert said == french.replace("_", "\N{NO-BREAK SPACE}")


def test_charts_are_in_french_and_their_rows_compare_as_before():
    spec = {
        "title": "score band", "datasets": {"a": [{"period": "2026 Q1", "opinion": "model", "n": 3}]},
        "encoding": {"color": {"field": "model", "scale": {"domain": ["model", "grid"]}},
                     "opacity": {"condition": {"test": "(datum.period === '2026 Q1')"}}},
    }  # fmt: skip
    assert spec_in(FRENCH, spec) == {
        "title": "tranche de score", "datasets": {"a": [{"period": "2026 T1", "opinion": "modèle", "n": 3}]},
        "encoding": {"color": {"field": "model", "scale": {"domain": ["modèle", "grille"]}},
                     "opacity": {"condition": {"test": "(datum.period === '2026 T1')"}}},
    }  # fmt: skip
    assert spec_in(ENGLISH, spec) is spec


def test_pictures_for_mails_are_in_french_too(inputs):
    english, french = pictures(inputs), pictures(inputs, FRENCH)
    assert set(english) == set(french)
    assert english["calibration"] != french["calibration"]


def test_the_proposal_speaks_english_on_every_page(inputs, pages):
    sentence = inputs.proposal["sentence"]
    assert sentence in html.unescape(pages[0])
    assert sentence not in html.unescape(pages[1])
    assert FRENCH.text(sentence) in html.unescape(pages[1])
