"""The page in French: every text has its French, none is stale, and no figure changes but in its dress."""

import dataclasses
import html
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from leadscore.metrics import Figure, too_few
from leadscore.review.cuts_by import CutsOf
from leadscore.review.language import _BREAKS, _PLACE, ENGLISH, language_named, spec_in
from leadscore.review.quarter.page import quarter_page
from leadscore.review.report import pictures, render
from tests import messages
from tests.reports import AT, EVIL, looked_at_again, with_what_if
from tests.unit.test_drift_report import _with_drift
from tests.unit.test_quarter_page import DEALS, SCORED, joined, told
from tests.unit.test_report import BOTS

FRENCH = language_named("fr")
COMPOSED, NOT_ALONE = (
    (Path(__file__).parents[1] / f"language/{name}.txt").read_text("utf-8").splitlines()
    for name in ("composed", "not_alone")
)
"""Sentences that the code puts together from pieces, with words of mappings; and texts of the modules that are
pieces of these, or do not reach the page."""


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
    ten, at = Figure(10.0, 9.0, 11.5, 300, 60), {"hot": 40, "warm": 20}
    cuts = {"hot": ten, "warm": too_few(3, 1, min_leads=5)}
    by = [CutsOf("opinion", "manual grid, calibrated", cuts, at, ten, None),
          CutsOf("channel", "fair", cuts, {}, None, True)]  # fmt: skip
    return dataclasses.replace(tried, drifting=drifts, quarter=quarter, bots=BOTS, cuts_by=by)


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
        if not set(NOT_ALONE) & set(ways) and "vegaEmbed" not in ways[0] and not any(map(_is_known, ways))
    ]  # fmt: skip
    assert unknown == []


@pytest.mark.parametrize("said", COMPOSED)
def test_what_is_put_together_from_pieces_has_its_french(said):
    assert _is_known(said)


def test_no_entry_is_stale():
    said = messages.template_messages() | messages.script_messages() | messages.constants()
    read = [
        way for module in messages.MODULES for ways in messages.sentences(module) for way in ways
    ]
    left = [m for m in FRENCH.messages if m not in said and m not in ("; ", ", ", " and ")]
    stale = [m for m in left if not any(map(_looks(m).search, (*COMPOSED, *read)))]
    assert stale == []


def _looks(message):
    """Return the message with anything in its places."""
    return re.compile(re.sub(r"\\{\w+(:d)?\\}", ".+?", re.escape(message)))


@pytest.mark.parametrize("message", FRENCH.messages)
def test_both_sides_have_the_same_places(message):
    places, said = (
        sorted(name for name, _ in _PLACE.findall(text))
        for text in (message, FRENCH.messages[message])
    )
    assert places == said
    assert len(places) == len(set(places))


def test_the_french_page_says_so_and_keeps_no_english_of_the_catalogue(pages):
    _, french = pages
    assert '<html lang="fr">' in french
    english = {text for text, said in FRENCH.messages.items() if text != said} - {
        "Part"
    }  # French for share
    assert sorted(english & set(_Texts(french).found)) == []


def test_figures_are_the_english_ones_but_for_their_dress(pages):
    both = [_Texts(page).found for page in pages]
    assert len(both[0]) == len(both[1])
    for english, french in zip(*both, strict=True):
        assert sorted(re.findall(r"\d", english)) == sorted(re.findall(r"\d", french)), english


def test_text_from_outside_is_escaped_in_french_too(inputs):
    evil = dataclasses.replace(
        inputs, source=EVIL, warnings=[EVIL], drifting=_with_drift().drifting
    )
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
        ("a note nobody knows: -0.0374 [-1,234.5]", "a note nobody knows: -0,0374 [-1 234,5]"),
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
