"""Charts: a true sentence, the rows of the table, and a specification that compiles."""

import json

import pandas as pd
import pytest
import vl_convert

from leadscore.review.charts import (
    BLUE,
    GREY,
    ON_DARK,
    ORANGE,
    TopFeature,
    band_chart,
    calibration_chart,
    drift_chart,
    feature_chart,
    gain_chart,
)
from leadscore.review.report import VEGA_LITE

COUNTS = {"n": 100, "n_won": 20, "why_no_interval": ""}
CALIBRATION = pd.DataFrame(
    [
        {"tenth": 1, "mean_p": 0.02, "value": 0.01, "low": 0.005, "high": 0.03, **COUNTS},
        {"tenth": 2, "mean_p": 0.30, "value": 0.20, "low": 0.15, "high": 0.25, **COUNTS},
    ]
)
GAIN = pd.DataFrame(
    [("model", 0.0, 0.0), ("model", 0.1, 0.4), ("model", 1.0, 1.0)]
    + [("grid", 0.0, 0.0), ("grid", 0.1, 0.25), ("grid", 1.0, 1.0)],
    columns=["opinion", "share_worked", "share_won"],
)
BANDS = pd.DataFrame(
    [
        {"band": "0 to 50", "value": 0.02, "low": 0.01, "high": 0.03, **COUNTS},
        {"band": "50 to 100", "value": 0.30, "low": 0.25, "high": 0.35, **COUNTS},
    ]
)
DRIFT = pd.DataFrame(
    [
        {"period": "2026 Q1", "mean_p": 0.05, "value": 0.05, "low": 0.04, "high": 0.06, **COUNTS},
        {"period": "2026 Q2", "mean_p": 0.05, "value": 0.08, "low": 0.07, "high": 0.09, **COUNTS},
    ]
)
FEATURES = [TopFeature("a", "pricing page views", 3.5), TopFeature("b", "job title", 1.0)]
CHARTS = {
    "calibration": (lambda: calibration_chart(CALIBRATION), "hold in 1 of 2 groups"),
    "gain": (lambda: gain_chart(GAIN), "model 40%, grid 25%"),
    "bands": (lambda: band_chart(BANDS), "Scores 50 to 100 convert 30%, scores 0 to 50 2.0%"),
    "features": (lambda: feature_chart(FEATURES), "most: pricing page views"),
    "drift": (lambda: drift_chart(DRIFT, period="quarter"), "(2026 Q2): 8.0% won, 5.0% promised"),
}


def _unknown(table):
    return table.assign(value=float("nan"), low=float("nan"), high=float("nan"))


@pytest.mark.parametrize("name", CHARTS)
def test_title_says_the_finding_and_the_spec_draws_it(name):
    draw, finding = CHARTS[name]
    chart = draw()
    assert chart.name == name
    assert finding in chart.title
    svg = vl_convert.vegalite_to_svg({**chart.spec, "width": 400}, vl_version=VEGA_LITE)
    assert svg.count("<path") > 3


@pytest.mark.parametrize("name", CHARTS)
def test_spec_names_no_address_and_holds_its_rows(name):
    text = json.dumps(CHARTS[name][0]().spec, allow_nan=False)
    assert "http" not in text
    assert '"url"' not in text
    assert "datasets" in text


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: calibration_chart(_unknown(CALIBRATION)), "Too few leads"),
        (lambda: band_chart(_unknown(BANDS)), "Too few leads"),
        (lambda: drift_chart(_unknown(DRIFT), period="quarter"), "Too few leads"),
        (lambda: feature_chart([]), "No feature moves a score"),
        (lambda: gain_chart(GAIN.iloc[:0]), "Nothing was won"),
    ],
)
def test_nothing_to_draw_is_said_and_still_compiles(draw, words):
    chart = draw()
    assert words in chart.title
    vl_convert.vegalite_to_svg({**chart.spec, "width": 400}, vl_version=VEGA_LITE)


def test_groups_without_a_number_are_left_out_of_the_picture():
    half = pd.concat([BANDS.iloc[:1], _unknown(BANDS.iloc[1:])])
    rows = next(iter(band_chart(half).spec["datasets"].values()))
    assert [row["band"] for row in rows] == ["0 to 50"]


def contrast(a, b, *, opacity=1.0):
    """Return WCAG's contrast of a colour, laid on paper with an opacity, against that paper: 1 to 21."""

    def channels(colour):
        return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]

    def luminance(parts):
        shares = [c / 255 for c in parts]
        linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    laid = [opacity * x + (1 - opacity) * y for x, y in zip(channels(a), channels(b), strict=True)]
    low, high = sorted((luminance(laid), luminance(channels(b))))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", [BLUE, ORANGE, GREY])
def test_colours_stand_out_from_light_and_dark_paper_by_three_to_one(colour):
    assert contrast(colour, "#f5f7f9") > 3
    assert contrast(ON_DARK[colour], "#1e2227", opacity=0.55) > 3
