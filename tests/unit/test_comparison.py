"""Tables of the review, on a window small enough to count by hand."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.settings import Thresholds
from leadscore.metrics import rate
from leadscore.review.comparison import Comparison, compare
from tests import fakes

REVIEW = fakes.settings(review={"min_leads": 2, "bands": [50.0], "bootstrap": 100}).review
AT = Thresholds(hot=70.0, warm=40.0)
DAY = 86_400


def evidence(**changes):
    """Eight looks at eight leads: four in the calibrate window, four in the test window."""
    order = np.array([0, 1, 2, 3, 100, 101, 102, 103]) * DAY
    columns = {
        "lead_id": list("abcdefgh"),
        "as_of": pd.to_datetime(order, unit="s", utc=True),
        "order": order,
        "label": [0.0, 0, 1, 1, 0, 0, 1, 1],
        "p_issued": [0.1, 0.2, 0.7, 0.8, 0.1, 0.3, 0.6, 0.8],
        "score": [10.0, 30, 70, 90, 10, 50, 60, 90],
        "grid_points": [50.0] * 8,
        "p_model": [0.1, 0.2, 0.7, 0.8, 0.1, 0.3, 0.6, 0.8],
        "p_grid": [0.2, 0.6, 0.4, 0.8, 0.2, 0.6, 0.4, 0.8],
        "p_base": [0.5] * 8,
        "window": ["calibrate"] * 4 + ["test"] * 4,
    }
    return pd.DataFrame({**columns, **changes})


def compared(table, review=REVIEW):
    return compare(table, fit_rate=rate(50, 100), review=review, thresholds=AT, seed=1)


def test_figures_read_the_test_window_only():
    """Of the four pairs won/lost the model orders all, the grid all but 0.4 < 0.6."""
    found = compared(evidence())
    assert found.figure("model", "roc_auc").value == 1.0
    assert found.figure("grid", "roc_auc").value == 3 / 4
    assert found.figure("base_rate", "log_loss").value == pytest.approx(math.log(2))
    assert found.figure("grid", "brier").value == pytest.approx((0.04 + 0.36 + 0.36 + 0.04) / 4)
    assert found.figure("model", "roc_auc").n == 4


def test_differences_are_a_minus_b_with_a_probability():
    gaps = compared(evidence()).differences
    row = gaps.loc[(gaps["a"] == "model") & (gaps["b"] == "grid") & (gaps["metric"] == "brier")]
    model = (0.01 + 0.09 + 0.16 + 0.04) / 4
    assert row["value"].item() == pytest.approx(model - 0.8 / 4)
    assert row["p_a_better"].item() > 0.9
    assert "calibration_slope" not in set(gaps["metric"])


def test_bands_share_out_the_test_window_and_small_ones_are_too_few():
    bands = compared(evidence()).bands
    assert bands["band"].tolist() == ["0 to 50", "50 to 100"]
    assert bands["n_looks"].tolist() == [1, 3]
    assert bands["why_no_interval"].tolist() == ["too few: 1 leads, 2 needed", ""]
    assert bands["value"].iloc[1] == pytest.approx(2 / 3)


def test_drift_is_by_quarter_of_both_windows():
    drift = compared(evidence()).drift
    assert drift["period"].tolist() == ["1970 Q1", "1970 Q2"]
    assert drift["ratio"].tolist() == pytest.approx([2 / 1.8, 2 / 1.8])
    assert drift["value"].tolist() == [0.5, 0.5]


def test_without_dates_drift_is_by_tenth_of_the_order():
    found = compared(evidence(as_of=pd.NaT, order=np.arange(8)))
    assert found.period == "tenth of the order"
    assert found.drift["n_looks"].sum() == 8


def test_tiers_of_a_period_add_up_to_one():
    tiers = compared(evidence()).tiers
    assert tiers.groupby("period")["share"].sum().tolist() == pytest.approx([1.0, 1.0])
    hot = tiers.loc[(tiers["period"] == "1970 Q1") & (tiers["tier"] == "hot")]
    assert (hot["n_looks"].item(), hot["n_won"].item()) == (2, 2)


def test_gain_starts_at_nothing_and_ends_at_all():
    gain = compared(evidence()).gain.set_index(["opinion", "share_worked"])["share_won"]
    assert gain["model", 0.0] == 0
    assert gain["model", 0.5] == pytest.approx(1.0)
    assert gain["grid", 0.5] == pytest.approx(1 / 2)
    assert gain["grid", 1.0] == pytest.approx(1.0)


def test_calibration_keeps_equal_probabilities_together():
    found = compared(evidence(p_issued=0.4)).calibration
    assert found["n_looks"].tolist() == [4]
    assert found["mean_p"].tolist() == pytest.approx([0.4])
    assert found["value"].tolist() == [0.5]


def test_a_missing_model_has_no_row():
    found = compared(evidence(p_model=np.nan))
    assert set(found.figures["opinion"]) == {"grid", "base_rate"}
    with pytest.raises(KeyError, match="model"):
        found.figure("model", "roc_auc")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"window": "calibrate"}, "test window is empty"),
        ({"label": [np.nan] + [0.0] * 7}, "1 looks are immature"),
    ],
)
def test_evidence_that_is_none_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        compared(evidence(**changes))


def test_tables_survive_json():
    found = compared(evidence())
    again = Comparison.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False)))
    assert again.period == found.period
    for name in ("figures", "differences", "calibration", "gain", "bands", "drift", "tiers"):
        pd.testing.assert_frame_equal(
            getattr(again, name), getattr(found, name), rtol=1e-5, check_dtype=False
        )
