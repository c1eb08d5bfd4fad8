"""What other thresholds would mean, tabulated: the sums, the figures, and the words on the page."""

import base64
import re

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.settings import Thresholds
from leadscore.review.evidence import Evidence
from leadscore.review.report import render
from leadscore.review.what_if import MOST_RESAMPLES, tabulated, what_if
from leadscore.review.what_if_page import packed, what_if_buttons
from tests.reports import AT, REVIEW, SETTINGS, evidence, looked_at_again, proposed, with_what_if

WEEK = 7 * 86_400
ROWS = [
    ("a", 0, 0, 72.0),  # hot at once, but won too late for its first look there
    ("a", 1, 1, 90.0),
    ("b", 0, 1, 60.0),  # warm, then hot, won from both
    ("b", 1, 1, 75.0),
    ("c", 0, 1, 55.0),  # warm, won without ever being hot
    ("d", 1, 0, 10.0),  # cold
]


def four_leads(**changes):
    table = pd.DataFrame(ROWS, columns=["lead_id", "week", "label", "score"])
    order = table["week"] * WEEK
    looks = Evidence.from_table(
        table.assign(as_of=pd.to_datetime(order, unit="s", utc=True), order=order, p_issued=0.5),
        as_of=None, half_life_days=90,
    )  # fmt: skip
    asked = {
        "in_force": AT, "start": AT, "considered": None, "n_resamples": 100, "seed": 1,
        "min_leads": 2,
    }  # fmt: skip
    return tabulated(looks, SETTINGS, **{**asked, **changes})


def considered(found, hot, warm):
    return {
        e.what: e.considered.value for e in found.effects(Thresholds(hot=float(hot), warm=warm))
    }


def test_sums_count_leads_on_or_above_a_cut():
    """On or above 70 stand a in two weeks and b in one; both were won from there, a after its second look."""
    found = four_leads()
    assert found.sums[:, 70].tolist() == [3, 2, 2, 2]
    assert found.sums[:, 80].tolist() == [1, 1, 1, 1]  # a first reaches 80 when it is nearly won
    assert found.sums[:, 0].tolist() == [6, 3, 4, 3]
    assert found.last[:, [10, 55, 75, 90]].tolist() == [[1, 1, 1, 1], [0, 1, 1, 1]]


def test_figures_of_a_pair_can_be_counted_by_hand():
    """Two weeks, call 500, nurture 200, win 1,000: a and b are called and won from there."""
    found = considered(four_leads(), 70, 50.0)
    assert found["hot"] == 3 / 2
    assert found["warm"] == 2 / 2
    assert found["caught_hot"] == pytest.approx(2 / 3)
    assert found["caught_warm"] == 1
    assert found["precision"] == 1
    assert found["call_cost"] == 2 * 500 / 2
    assert found["call_profit"] == (2_000 - 2 * 500) / 2
    assert (found["nurture_cost"], found["nurture_profit"]) == (600 / 2, (3_000 - 600) / 2)


def test_a_hot_group_that_is_too_small_has_no_share_won():
    precision = {e.what: e for e in four_leads().effects(Thresholds(hot=80.0, warm=50.0))}[
        "precision"
    ]
    assert precision.considered.why_no_interval == "too few: 1 leads, 2 needed"
    assert np.isnan(precision.considered.value)
    assert precision.in_force.n == 2
    assert precision.difference.why_no_interval == "too few: 1 leads, 2 needed"


def test_thresholds_in_force_need_not_be_whole_points():
    found = four_leads(in_force=Thresholds(hot=74.5, warm=50.25))
    assert len(found.cuts) == 101 + 2
    assert found.worked(74.5) == (2, 2)
    with pytest.raises(ValueError, match=r"33\.3 is not among the cuts"):
        found.worked(33.3)


def test_scores_off_the_scale_are_refused():
    looks = Evidence.from_table(
        evidence(20).assign(score=-1.0), as_of=None, half_life_days=90
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"scores must lie in 0\.\.100"):
        tabulated(
            looks, SETTINGS, in_force=AT, start=AT, considered=None, n_resamples=2, seed=1,
            min_leads=2,
        )  # fmt: skip


def test_the_page_never_carries_more_draws_than_the_limit():
    assert len(four_leads(n_resamples=MOST_RESAMPLES + 1).draws) == MOST_RESAMPLES
    assert len(four_leads(n_resamples=100).draws) == 100


def unpacked(text, shape):
    """Read what `packed` wrote, a byte at a time."""
    numbers, value, scale = [], 0, 1
    for byte in base64.b64decode(text):
        value, scale = value + (byte & 127) * scale, scale * 128
        if byte < 128:
            numbers.append(-(value + 1) // 2 if value % 2 else value // 2)
            value, scale = 0, 1
    steps = np.array(numbers).reshape(shape)
    steps[1:] += steps[0]
    return np.cumsum(steps[..., ::-1], axis=-1)[..., ::-1]


@pytest.mark.parametrize("largest", [1, 70, 20_000, 3_000_000])
def test_packed_sums_come_back_as_they_were(largest):
    sums = np.random.default_rng(1).integers(-largest, largest, (5, 4, 103))
    assert (unpacked(packed(sums[0], sums[1:]), sums.shape) == sums).all()


def test_zeros_take_one_byte_each():
    nothing = np.zeros((2, 4, 3), dtype=np.int64)
    assert base64.b64decode(packed(nothing[0], nothing[1:])) == bytes(2 * 4 * 3)


def test_buttons_offer_in_force_and_what_the_evidence_says():
    other = Thresholds(hot=64.0, warm=47.0)
    assert what_if_buttons(four_leads(start=other, considered=other)) == [
        ("in_force", "In force: 70 / 50"), ("start", "Proposed: 64 / 47"),
    ]  # fmt: skip
    assert what_if_buttons(four_leads(considered=other))[1] == (
        "considered",
        "Best by the evidence: 64 / 47",
    )
    assert [name for name, _ in what_if_buttons(four_leads())] == ["in_force"]


@pytest.fixture(scope="module")
def page():
    return render(with_what_if(looked_at_again()))


def test_page_holds_the_sums_hidden_until_its_script_runs_and_names_no_lead(page):
    assert re.search(r'<section id="what-if"[^>]* hidden>', page)
    assert "secret-" not in page
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page).group(1)
    assert policy.count("sha256-") == page.count("<script>") == 3
    assert "Other thresholds can be tried here where scripts run" in page


def test_page_without_dates_counts_per_thousand_leads():
    page = render(with_what_if(looked_at_again(dated=False)))
    assert "leads and money are counted per 1,000 leads" in page
    assert "EUR per 1,000 leads" in page


def test_page_with_too_little_evidence_says_so_and_offers_no_sliders():
    few = evidence(6)
    assert what_if(few, proposed(few), REVIEW, in_force=AT, seed=1) is None
    page = render(with_what_if(few))
    assert "The evidence cannot tell yet: too few: 6 leads" in page
    assert 'type="range"' not in page
