"""Tables of drift: estimates beside what came, segments by quarter, sentences, and JSON."""

import json

import numpy as np
import pandas as pd
import pytest

from leadscore.review.drift_charts import drift_charts
from leadscore.review.drift_page import drift_page
from leadscore.review.drifting import Drifting, column_words, drifting, sentences
from leadscore.review.estimates import ALL, WAITING
from tests import fakes

REVIEW = fakes.settings(review={"min_leads": 30, "bands": [50.0], "bootstrap": 100}).review
DAY = 86_400
WATCHED = {
    "moved": [
        {"name": "score", "words": "Score", "now": "test", "psi": 0.4, "bound": 0.01,
         "n_then": 900.0, "n_now": 900.0, "has_moved": True}
    ],
    "dated": [{"name": "lead_index", "words": "Index …", "auc": 1.0, "evidence": "AUC 1.000"}],
    "unfit": [
        {"column": "lead_channel", "value": "ads", "promised": 0.2, "won": 0.05, "n": 900, "n_won": 45,
         "verdict": "too high"}
    ],
}  # fmt: skip
NOTHING = {"moved": [], "dated": [], "unfit": []}


def evidence(n=1200, *, level=1.0, seed=3):
    """Leads over 300 days from 2025-07-01, calibrated until the test window, then `level` times as promised."""
    draw = np.random.default_rng(seed)
    order = 1_751_328_000 + np.sort(draw.integers(0, 300, n)) * DAY
    p = draw.beta(2, 8, n)
    window = np.where(np.arange(n) < n // 2, "calibrate", "test")
    true = np.clip(np.where(window == "test", p * level, p), 0, 1)
    return pd.DataFrame(
        {
            "lead_id": pd.Series([f"l{i}" for i in range(n)], dtype="str"),
            "as_of": pd.to_datetime(order, unit="s", utc=True),
            "order": order,
            "label": (draw.random(n) < true).astype(float),
            "p_issued": p,
            "score": 100 * p,
            "lead_channel": pd.Series(draw.choice(["ads", "fair"], n), dtype="str"),
            "window": pd.Series(window, dtype="str"),
        }
    )


def found(table=None, *, waiting=40, watched=WATCHED):
    table = evidence() if table is None else table
    later = table.tail(waiting).drop(columns="label")
    return drifting(table, later, watched, REVIEW, capacity=10, seed=1)


def row(tables, period, metric):
    at = (tables.estimates["period"] == period) & (tables.estimates["metric"] == metric)
    return tables.estimates.loc[at].iloc[0]


def test_estimates_stand_beside_what_came_by_quarter():
    tables = found()
    periods = list(dict.fromkeys(tables.estimates["period"]))
    assert periods == [ALL, "2025 Q4", "2026 Q1", "2026 Q2", WAITING]
    auc = row(tables, ALL, "roc_auc")
    assert auc["held"] == "yes"
    assert auc["difference"] == pytest.approx(auc["estimated"] - auc["seen"])
    assert auc["n"] == 600


def test_a_market_that_rose_is_missed_and_that_shows_once_it_is_known():
    """Twice the promise is won: log loss and precision miss, and the estimate is the same as before."""
    risen, calm = found(evidence(level=2.0)), found()
    assert row(risen, ALL, "log_loss")["held"] == "no"
    assert row(risen, ALL, "precision_top_decile")["difference_high"] < 0
    same = "estimated"
    assert row(risen, ALL, "log_loss")[same] == row(calm, ALL, "log_loss")[same]
    assert risen.split.set_index("period").loc["2026 Q1", "verdict"] == "market rose"


def test_what_is_not_decided_has_an_estimate_only():
    auc = row(found(), WAITING, "roc_auc")
    assert np.isfinite(auc["estimated"])
    assert np.isnan(auc["seen"])
    assert (auc["n"], auc["held"]) == (40, "not yet known")
    assert WAITING not in set(found(waiting=0).estimates["period"])


def test_few_leads_get_no_estimate():
    auc = row(found(waiting=20), WAITING, "roc_auc")
    assert np.isnan(auc["estimated"])
    assert auc["estimated_why_no_interval"] == "too few: 20 leads, 30 needed"


def test_expected_wins_are_those_of_the_leads_last_looks():
    table = evidence()
    again = table.tail(1).assign(order=table["order"].max() + DAY, p_issued=0.9, score=90.0)
    bands = found(pd.concat([table, again], ignore_index=True)).expected
    mine = bands.loc[bands["period"] == ALL]
    test = table.loc[table["window"] == "test"]
    expected = test["p_issued"].sum() - test["p_issued"].iloc[-1] + 0.9
    assert mine["expected"].sum() == pytest.approx(expected)
    assert mine["n"].sum() == 600


def test_segments_of_a_quarter_are_judged_one_by_one():
    segments = found(evidence(level=2.5)).segments
    assert set(segments["column"]) == {"lead_channel"}
    assert segments["n_looks"].sum() == 600
    enough = segments.loc[segments["verdict"] != "too few"]
    assert set(enough["verdict"]) == {"too low"}
    assert (enough["promised"] < enough["low"]).all()


def test_tables_survive_json():
    once = found()
    again = Drifting.from_dict(json.loads(json.dumps(once.to_dict(), allow_nan=False)))
    for name in ("split", "estimates", "expected", "segments", "moved", "dated", "unfit"):
        pd.testing.assert_frame_equal(
            getattr(again, name), getattr(once, name), rtol=1e-5, check_dtype=False
        )
    assert again.to_dict() == once.to_dict()


def test_what_matters_is_said_in_sentences():
    told = sentences(found())
    assert len(told) == 5
    assert told[0].startswith("Share won, last quarter (2026 Q2) against the time of calibration: ")
    assert told[3:] == ["Unfit, no percentage shown: channel ads.", "Tells the date: lead_index."]
    assert len(sentences(found(waiting=0, watched=NOTHING))) == 2


def test_words_of_a_column():
    assert column_words("firm_size_band") == "size band"


def test_page_counts_what_it_leaves_out():
    page = drift_page(found())
    assert (page.n_asked, page.n_moved) == (1, 1)
    assert page.n_too_few == len(found().segments) - len(page.segments)
    assert drift_page(found(watched=NOTHING)).moved == []


def test_every_chart_says_its_finding():
    charts = {chart.name: chart for chart in drift_charts(found())}
    assert list(charts) == [
        "split", "estimate-roc_auc", "estimate-log_loss", "estimate-precision_top_decile",
        "segments-lead_channel",
    ]  # fmt: skip
    assert charts["split"].title.startswith("Last quarter (2026 Q2): ")
    assert "estimated" in charts["estimate-roc_auc"].title
    assert " hold" in charts["segments-lead_channel"].title
    for chart in charts.values():
        text = json.dumps(chart.spec, allow_nan=False)
        assert "http" not in text


def test_too_few_leads_are_said_in_the_charts_too():
    charts = {chart.name: chart for chart in drift_charts(found(evidence(40), waiting=0))}
    assert charts["split"].title.startswith("Too few leads")
    assert charts["estimate-roc_auc"].title == "ROC AUC: too few leads to estimate it"
    assert "segments-lead_channel" not in charts


def test_a_source_without_dates_is_told_by_tenths():
    tables = found(evidence().assign(as_of=pd.NaT, order=np.arange(1200)))
    assert tables.period == "tenth of the order"
    assert tables.split["period"].tolist() == ["06", "07", "08", "09", "10"]
