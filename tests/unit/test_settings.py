"""Settings refuse what cannot be meant: unknown keys, wrong kinds, contradictions."""

import pytest
from pydantic import ValidationError

from leadscore.domain.settings import Settings, Thresholds
from tests.fakes import settings


@pytest.mark.parametrize(
    ("block", "values", "said"),
    [
        ("label", {"horizon_days": 0}, "greater than or equal to 1"),
        ("label", {"horizon_days": -7}, "greater than or equal to 1"),
        ("label", {"horizon_days": 90.0}, "valid integer"),
        ("label", {"horizon_days": "90"}, "valid integer"),
        ("label", {"horizont": 90}, "Extra inputs"),
        ("split", {"calibrate_share": 0.5, "test_share": 0.4}, "nothing is left to fit on"),
        ("split", {"test_share": 0.0}, "greater than 0"),
        (
            "thresholds",
            {"initial": {"hot": 50, "warm": 65}},
            "reversed: hot .50. must be above warm",
        ),
        ("thresholds", {"call_cost_eur": 100.0}, "nurture_cost_eur < call_cost_eur"),
        ("thresholds", {"warm_calls_per_week": 60.0}, "above hot_calls_per_week"),
        ("gates", {"slope_range": [1.1, 1.4]}, "low < 1 < high"),
        ("review", {"bands": [40.0, 20.0]}, "ascend strictly"),
        ("review", {"bands": [0.0, 20.0]}, "ascend strictly"),
        ("features", {"events": [{"is": "count", "of": "any", "within_days": []}]}, "at least 1"),
        (
            "features",
            {"events": [{"is": "decayed_sum", "of": "any", "half_life_days": float("nan")}]},
            "finite",
        ),
        ("leakage", {"max_auc": 0.5}, "greater than 0.5"),
        ("snapshots", {"kind": "daily"}, "'calendar' or 'ages'"),
        ("scale", {"anchor_probability": 1.0}, "less than 1"),
        ("source", {"name": "../demo"}, "match pattern"),
    ],
)
def test_impossible_settings_are_refused(block, values, said):
    with pytest.raises(ValidationError, match=said):
        settings(**{block: values})


def test_a_missing_block_is_refused():
    plain = settings().model_dump()
    del plain["label"]
    with pytest.raises(ValidationError, match="label"):
        Settings.model_validate(plain)


def test_settings_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        settings().seed = 3


def test_hot_must_lie_above_warm_and_both_on_the_scale():
    assert Thresholds(hot=65.5, warm=50).hot == 65.5
    for hot, warm in [(50, 50), (101, 50), (60, -1)]:
        with pytest.raises(ValidationError):
            Thresholds(hot=hot, warm=warm)
