"""The report page: self-contained, escaped, honest about what is missing. And the screen."""

import dataclasses
import html
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from rich.console import Console

from leadscore.history.bots import BotCount
from leadscore.review.bots import BotRow, BotsTold
from leadscore.review.charts import ON_DARK
from leadscore.review.report import pictures, render, verdict_sentence
from leadscore.review.screen import HotLead, ScreenInputs, screen
from leadscore.review.words import number, percent, spread
from tests.reports import EVIL, evidence, report_inputs


@pytest.fixture(scope="module")
def inputs():
    return report_inputs(evidence())


@pytest.fixture(scope="module")
def page(inputs):
    return render(inputs)


class _Reader(HTMLParser):
    """Collect what a page would load, and its tags."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.open, self.tags = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in ("meta", "link", "br", "input"):
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "srcset", "action", "data", "poster"):
                self.loads.append(value)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes something else"


def _without_scripts(page):
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_page_loads_nothing_from_anywhere(page):
    assert _Reader(page).loads == ["data:,"]
    assert "://" not in _without_scripts(page)
    assert not re.search(r"@import|url\(", _without_scripts(page))


def test_policy_refuses_everything_but_the_two_scripts_by_hash(page):
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', page).group(1))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert policy.count("'sha256-") == 2
    assert "unsafe-eval" not in policy
    assert page.count("<script>") == 2


def test_tags_are_balanced_and_every_chart_has_its_spec(page):
    reader = _Reader(page)
    assert reader.open == []
    assert {"header", "main", "section", "figure", "figcaption", "table", "caption"} <= set(
        reader.tags
    )
    charts = set(re.findall(r'data-chart="(\w+)"', page))
    assert charts == {"calibration", "gain", "bands", "features", "drift"}
    assert charts == set(re.findall(r'id="spec-(\w+)"', page))


@pytest.mark.parametrize(("light", "dark"), ON_DARK.items())
def test_on_dark_paper_charts_have_their_own_colours(page, light, dark):
    style = page[: page.index("</style>")]
    rules = style[style.index("@media screen and (prefers-color-scheme: dark)") :]
    assert f'.chart svg [fill="{light}"] {{ fill: {dark}; }}' in rules
    assert f'.chart svg [stroke="{light}"] {{ stroke: {dark}; }}' in rules
    assert light in page[page.index("</style>") :]  # the specifications draw with it


def test_text_from_outside_is_escaped(page):
    assert EVIL not in page
    assert "&lt;script&gt;alert" in page


def test_no_person_and_no_lead_is_named(page):
    assert "secret-" not in page


def test_page_says_verdict_gates_thresholds_and_data(page):
    for words in (
        "The model leads", "enough won leads, passed", "beats the grid, not passed",
        "Thresholds:", "answers alone", "12,345", "a warning", "no dates: no order", "ab" * 32,
    ):  # fmt: skip
        assert words in page


def test_same_inputs_give_the_same_bytes(inputs, page):
    assert render(inputs) == page


def test_page_without_model_dates_findings_or_proposal_still_stands():
    looks = evidence(60, dated=False).assign(p_model=np.nan, p_issued=0.2, score=50.0)
    page = render(report_inputs(
        looks, opinion="grid", leakage=[], features=[], gates=[], warnings=[], unchecked=[]
    ))  # fmt: skip
    for words in (
        "No column was suspected", "No gate was judged", "every lead has the same score",
        "The manual grid leads", "No feature moves a score",
    ):  # fmt: skip
        assert words in page
    assert "nan" not in _without_scripts(page)


@pytest.mark.parametrize(
    ("opinion", "words"),
    [
        ("grid", "The manual grid leads: the model did not pass “beats the grid”."),
        ("base_rate", "Nobody leads, every lead gets the base rate: “beats the grid” not passed."),
    ],
)
def test_verdict_names_the_gates_that_failed(inputs, opinion, words):
    assert verdict_sentence(dataclasses.replace(inputs, opinion=opinion)) == words


def test_numbers_are_written_alike():
    assert number(-0.01234, "{:+.3f}") == "\N{MINUS SIGN}0.012"
    assert number(float("nan"), "{:.1f}") == number(None, "{:.1f}") == "–"
    assert percent(0.1234) == "12.3%"
    nothing = {"low": None, "high": None, "why_no_interval": "too few: 3 leads, 30 needed"}
    assert spread(nothing, "{:.1f}") == "too few: 3 leads, 30 needed"


def test_screen_fits_100_columns_and_escapes_markup(inputs):
    hot = HotLead("L[red]1", 91.26, 0.42, "hot", "demo requested " * 9, "no [bold]e-mail")
    text = io.StringIO()
    Console(file=text, width=100, color_system=None).print(
        screen(
            ScreenInputs(
                "The model leads.", "model", inputs.comparison, inputs.proposal, [hot],
                "2026-01-01", [("Report", "reports/review/report.html")],
            )
        )
    )  # fmt: skip
    shown = text.getvalue()
    assert max(map(len, shown.splitlines())) <= 100
    for words in (
        "L[red]1",
        "91.3",
        "42.0%",
        "[bold]e-mail",
        "Log loss",
        "In force",
        "report.html",
    ):
        assert words in shown


def test_screen_without_open_leads_says_so(inputs):
    text = io.StringIO()
    Console(file=text, width=100).print(
        screen(
            ScreenInputs(
                "The model leads.", "model", inputs.comparison, inputs.proposal, [], "", []
            )
        )
    )
    assert "No lead is open" in text.getvalue()


def test_every_chart_is_a_picture_too(inputs):
    drawn = pictures(inputs)
    assert set(drawn) == {"calibration", "gain", "bands", "features", "drift"}
    assert all(content.startswith(b"\x89PNG") for content in drawn.values())


BOTS = BotsTold([
    BotRow("E-mail clicked", BotCount("email_clicked", 2_000, 1_230, 800, 1_205, 700, 0)),
    BotRow(f"Opened {EVIL}", BotCount("email_opened", 400, 0, 0, 0, 0, 0)),
])  # fmt: skip


def test_page_tells_what_the_bot_rules_left_out(inputs, page):
    told = html.unescape(render(dataclasses.replace(inputs, bots=BOTS)))
    assert BOTS.sentence in told
    for words in ("1,230<small>61.5%</small>", "<td>1,205</td>", "several links at the same"):
        assert words in told
    assert EVIL not in render(dataclasses.replace(inputs, bots=BOTS))
    assert "no person made" not in page


def test_the_bots_sentence_names_only_what_was_flagged():
    assert BOTS.sentence == (
        "By the bot rules no person made 1,230 of 2,000 “E-mail clicked” (61.5%); "
        "they count neither for the model nor for the grid."
    )
    calm = BotsTold([BotRow("E-mail opened", BotCount("email_opened", 4_000, 0, 0, 0, 0, 0))])
    assert calm.sentence == "The bot rules flagged none of 4,000 opens and clicks."


@pytest.mark.parametrize("bots", [None, BOTS])
def test_screen_tells_of_bots_within_100_columns_or_not_at_all(inputs, bots):
    text = io.StringIO()
    told = ScreenInputs("", "model", inputs.comparison, inputs.proposal, [], "", [], bots)
    Console(file=text, width=100, color_system=None).print(screen(told))
    shown = text.getvalue()
    assert max(map(len, shown.splitlines())) <= 100
    assert ("no person made" in shown) == ("1,205" in shown) == (bots is not None)
