"""Drift on the page and on the screen: there, escaped, balanced, and nothing of it where nothing is."""

import dataclasses
import html
import io

import pytest
from rich.console import Console

from leadscore.review.drifting import drifting, sentences
from leadscore.review.report import pictures, render
from leadscore.review.screen import ScreenInputs, screen
from tests.reports import EVIL, REVIEW, evidence, report_inputs
from tests.unit.test_drifting import WATCHED
from tests.unit.test_report import _Reader, _without_scripts


def _with_drift(*, dated=True):
    table = evidence(dated=dated)
    table["lead_id"] = table["lead_id"].astype("str")
    table["lead_channel"] = [f"ads {EVIL}", "fair"] * (len(table) // 2)
    table["lead_channel"] = table["lead_channel"].astype("str")
    unfit = [{**WATCHED["unfit"][0], "value": f"ads {EVIL}"}]
    waiting = table.tail(60).drop(columns="label")
    found = drifting(table, waiting, {**WATCHED, "unfit": unfit}, REVIEW, capacity=10, seed=1)
    return dataclasses.replace(report_inputs(table), drifting=found)


@pytest.fixture(scope="module")
def inputs():
    return _with_drift()


@pytest.fixture(scope="module")
def page(inputs):
    return render(inputs)


def test_tags_are_balanced_and_every_chart_has_its_spec_and_words(page):
    reader = _Reader(page)
    assert reader.open == []
    assert reader.loads == ["data:,"]
    for name in ("split", "estimate-roc_auc", "segments-lead_channel"):
        assert f'data-chart="{name}"' in page
        assert f'id="spec-{name}"' in page
    assert page.count('role="img" aria-label="') == page.count("<figure")


def test_text_from_outside_is_escaped(page):
    assert EVIL not in page
    assert "secret-" not in page
    assert html.escape(f"ads {EVIL}", quote=False).replace("'", "&#39;") in _without_scripts(page)


def test_page_says_what_matters(inputs, page):
    told = html.unescape(_without_scripts(page))
    for sentence in sentences(inputs.drifting):
        assert sentence in told
    for words in (
        "Unfit, so no percentage is shown there",
        "Features that tell the date",
        "AUC 1.000",
    ):
        assert words in told


def test_same_inputs_give_the_same_bytes(inputs, page):
    assert render(inputs) == page


def test_a_source_without_dates_and_findings_has_its_page():
    inputs = _with_drift(dated=False)
    nothing = dataclasses.replace(
        inputs.drifting, dated=inputs.drifting.dated.head(0), unfit=inputs.drifting.unfit.head(0)
    )
    told = html.unescape(render(dataclasses.replace(inputs, drifting=nothing)))
    assert "No segment is unfit: percentages are shown everywhere." in told
    assert "None tells the date." in told
    assert "Calibration by segment and tenth of the order" in told


def test_the_split_is_a_picture_too(inputs):
    assert set(pictures(inputs)) == {"calibration", "gain", "bands", "features", "drift", "split"}


@pytest.mark.parametrize("told", [(), ("Unfit, no percentage shown: " + "channel ads, " * 12,)])
def test_screen_tells_of_drift_within_100_columns_or_not_at_all(inputs, told):
    text = io.StringIO()
    shown = ScreenInputs("", "model", inputs.comparison, inputs.proposal, [], "", [], drift=told)
    Console(file=text, width=100, color_system=None).print(screen(shown))
    assert max(map(len, text.getvalue().splitlines())) <= 100
    assert ("Unfit" in text.getvalue()) is bool(told)
