"""The quarter's tables, each figure counted by hand on a dozen leads."""

import numpy as np
import pytest

from leadscore.metrics import rate
from leadscore.review.quarter.ranking import of_bands, of_leads
from leadscore.review.quarter.shares import warm_days
from leadscore.review.quarter.working import sales_acts, with_worked
from tests import tables
from tests.fakes import utc
from tests.quarters import acts, deals, figure, joined, measure, notes, said, scores, told

# Hot: a b c d, of which a b c were won. Warm: e f g h, of which e was. Cold: i j k l, none; l is marked.
SCORED = scores(
    "lead_id | as_of | score | p | explore\n"
    + "\n".join(f"{lead} | 2026-01-05 | {s} | {s / 100} | {int(lead == 'l')}"
                for lead, s in zip("abcdefghijkl", [80] * 4 + [60] * 4 + [30] * 4, strict=True))
)  # fmt: skip
DEALS = deals(
    """
    lead_id | status | closed_at  | amount | opened_at
    a       | won    | 2026-01-15 | 100    | 2025-12-26
    b       | won    | 2026-01-25 | 300    | 2025-12-26
    c       | won    | 2026-02-04 | 200    | 2025-12-26
    d       | lost   | 2026-01-15 |        | 2025-12-26
    e       | won    | 2026-01-15 |        | 2025-12-26
    f       | open   |            |        | 2025-12-26
    g       | open   |            |        | 2025-12-26
    h       | open   |            |        | 2025-12-26
    i       | open   |            |        | 2025-12-26
    j       | open   |            |        | 2025-12-26
    k       | open   |            |        | 2025-12-26
    l       | open   |            |        | 2025-12-26
    """
)
CHANNEL = dict.fromkeys("abef", "ads") | dict.fromkeys("cdghijk", "fair")
VERDICTS = said(
    """
    lead_id | occurred_at | verdict
    a       | 2026-01-04  | overrated
    a       | 2026-01-08  | right
    d       | 2026-01-08  | overrated
    f       | 2026-01-08  | overrated
    g       | 2026-01-08  | overrated
    b       | 2026-02-01  | underrated
    e       | 2026-04-01  | overrated
    """,
    "verdict",
)


@pytest.fixture(scope="module")
def both():
    return joined(SCORED, DEALS, channel=CHANNEL)


@pytest.fixture(scope="module")
def quarter(both):
    nps = said(
        """
        lead_id | occurred_at | nps
        a       | 2026-01-01  | 0
        a       | 2026-05-01  | 3
        a       | 2026-06-01  | 10
        b       | 2026-05-01  | 9
        c       | 2026-05-01  | 2
        """,
        "nps",
    )
    acted = acts("lead_id | acted\na | 2026-01-07\nb | 2026-01-07\nd | 2026-01-17\nf | 2026-01-30")
    return told(both, feedback=VERDICTS, nps=nps, acted=acted)


def value(quarter, *at, **table):
    return figure(quarter, *at, **table)["value"]


def test_shares_are_of_all_leads_the_marked_too(quarter):
    assert [value(quarter, "share", "tier", t) for t in ("hot", "warm", "cold")] == [1 / 3] * 3
    assert figure(quarter, "share", "tier", "hot")["n_leads"] == 12


def test_conversion_counts_the_won_of_each_tier_and_band_without_the_marked(quarter):
    found = [figure(quarter, "conversion", "tier", t) for t in ("hot", "warm", "cold")]
    assert [(r["n_counted"], r["n_leads"]) for r in found] == [(3, 4), (1, 4), (0, 3)]
    wilson = rate(3, 4)
    assert (found[0]["low"], found[0]["high"]) == (wilson.low, wilson.high)
    assert value(quarter, "conversion", "band", "50 to 70") == 0.25
    assert value(quarter, "conversion", "all", "all") == 4 / 11


def test_segments_are_those_the_source_has_and_the_others_are_named(both, quarter):
    """ads: a b e of a b e f; fair: c of c d g h i j k."""
    assert value(quarter, "conversion", "channel", "ads") == 0.75
    assert value(quarter, "conversion", "channel", "fair") == 1 / 7
    asked = told(both, measured=measure(segments=["channel", "product", "owner"]))
    assert notes(asked, "segments") == ("This source has no product and no owner.",)


def test_days_to_close_count_from_the_score_and_from_the_opening(quarter):
    """Hot wins came 10, 20 and 30 days after the score, and 20, 30, 40 after opening."""
    assert value(quarter, "days_from_score_median", "tier", "hot") == 20
    assert value(quarter, "days_from_score_first_quartile", "tier", "hot") == 15
    assert value(quarter, "days_from_opening_median", "tier", "hot") == 30
    assert "90 days of the score only" in notes(quarter, "time_to_close")[0]


def test_value_is_of_won_deals_with_an_amount_and_the_others_are_counted(quarter):
    hot = figure(quarter, "amount_total", "tier", "hot")
    assert (hot["value"], hot["n_counted"], hot["n_leads"]) == (600, 3, 4)
    assert value(quarter, "amount_median", "tier", "hot") == 200
    assert notes(quarter, "value") == ("Left out: 1 won leads without an amount.",)


def test_ranks_rise_with_the_score(quarter):
    """Bands 0 to 50, 50 to 70, 70 to 100 convert at 0, 1/4, 3/4: in order."""
    assert value(quarter, "rank_correlation", "all", "bands") == pytest.approx(1)
    assert 0 < value(quarter, "rank_correlation", "all", "leads") < 1


def test_rank_correlation_is_spearmans_and_weights_are_repeats():
    """Scores 1 2 2 3, won 0 0 1 1: ranks 1 2.5 2.5 4 against 1.5 1.5 3.5 3.5 give 3 / sqrt(4.5 x 4)."""
    level, y, once = np.array([0, 1, 1, 2]), np.array([0.0, 0, 1, 1]), np.ones(4)
    assert of_leads(level, y, once) == pytest.approx(3 / np.sqrt(4.5 * 4))
    weights = np.array([2.0, 1, 1, 0])
    repeated = of_leads(np.array([0, 0, 1, 1]), np.array([0.0, 0, 0, 1]), np.ones(4))
    assert of_leads(level, y, weights) == pytest.approx(repeated)
    assert of_bands(np.array([3.0, 2, 1]), np.array([4.0, 4, 4])) == pytest.approx(-1)
    assert np.isnan(of_bands(np.array([1.0, 2]), np.array([4.0, 4])))


def test_verdicts_stand_beside_the_last_score_before_them(quarter):
    """In the quarter: a right, d f g overrated, b underrated; a's first came before any score."""
    assert value(quarter, "share_overrated", "all", "all") == 3 / 5
    assert value(quarter, "share_overrated", "tier", "warm") == 1
    assert value(quarter, "share_underrated", "tier", "hot") == 1 / 3
    assert "1 verdicts are on leads without a score" in notes(quarter, "feedback")[1]


def test_conversion_by_verdict_takes_verdicts_given_before_the_closing(both):
    """b was called underrated after 25 January, when it had been won: that is no forecast."""
    found = told(both, feedback=VERDICTS)
    assert figure(found, "conversion", "verdict", "overrated")["n_leads"] == 3
    assert value(found, "conversion", "verdict", "overrated") == 0
    assert figure(found, "conversion", "verdict", "underrated")["n_leads"] == 0


def test_nps_is_promoters_less_detractors_by_each_leads_last_answer(quarter):
    """a 10 and b 9, c 2: (2 - 1) of 3."""
    hot = figure(quarter, "nps", "tier", "hot")
    assert hot["value"] == pytest.approx(100 / 3)
    assert (hot["n_leads"], hot["n_counted"]) == (3, 2)
    assert value(quarter, "nps", "channel", "ads") == 100


def test_worked_is_an_activity_soon_after_the_score_and_before_the_closing(both, quarter):
    """a and b within 14 days; d only after it was lost, f after 25 days."""
    assert value(quarter, "share_worked", "tier", "hot") == 0.5
    assert value(quarter, "conversion_worked", "tier", "hot") == 1
    assert value(quarter, "conversion_not_worked", "tier", "hot") == 0.5
    assert value(quarter, "difference", "tier", "hot", table="working") == 0.5
    assert "no proof of what working does" in notes(quarter, "working")[1]
    longer = with_worked(both, acts("lead_id | acted\nf | 2026-01-30"), days=30)
    assert longer.loc[longer["is_worked"], "lead_id"].tolist() == ["f"]


def test_an_activity_at_the_moment_of_the_score_was_no_answer_to_it(both):
    same = with_worked(both, acts("lead_id | acted\nf | 2026-01-05"), days=14)
    assert not same["is_worked"].any()


def test_sales_activities_are_those_of_the_types_and_leads_asked_for():
    log, _ = tables.log_and_moments(
        [
            ("a", "2026-01-06", "call"),
            ("a", "2026-01-07", "page_view"),
            ("b", "2026-01-06", "call"),
        ],
        [("a", "2026-02-01"), ("b", "2026-02-01")],
    )
    found = sales_acts(log, ["call", "meeting"], ["a"])
    assert found["lead_id"].tolist() == ["a"]
    assert found["acted"].tolist() == [int(utc("2026-01-06").timestamp())]


def test_a_source_without_sales_activities_says_so(both):
    quarter = told(both, acted=None)
    assert (
        "tells no sales activity (review.sales_events: call, meeting)"
        in notes(quarter, "working")[0]
    )
    assert not (quarter.rows["figure"] == "share_worked").any()


def test_the_marked_are_compared_with_the_other_cold_leads(quarter):
    marked = figure(quarter, "conversion_marked", "tier", "cold")
    assert (marked["n_leads"], marked["why_no_interval"]) == (1, "too few: 1 leads, 2 needed")
    assert figure(quarter, "conversion_not_marked", "tier", "cold")["n_leads"] == 3


@pytest.mark.parametrize("explore", [0, np.nan])
def test_without_marks_the_page_says_what_is_not_known(explore):
    quarter = told(joined(SCORED.assign(explore=explore), DEALS))
    assert notes(quarter, "exploration")[0].startswith("No exploration sample is marked")


def test_waiting_scores_promise_their_mean_probability_and_mix_with_nothing():
    """On 1 March all 12 wait: 4 at 0.8, 4 at 0.6, 4 at 0.3."""
    quarter = told(joined(SCORED, DEALS, until=utc("2026-03-01")))
    assert value(quarter, "expected_conversion", "tier", "warm") == pytest.approx(0.6)
    assert value(quarter, "expected_conversion", "all", "all") == pytest.approx(6.8 / 12)
    assert figure(quarter, "conversion", "all", "all")["n_leads"] == 0
    assert quarter.notes[0].startswith(
        "No score of 2026Q1 has matured; the first does on 2026-04-05"
    )


def test_leads_issued_without_a_probability_are_counted_apart():
    hidden = SCORED.assign(probability=SCORED["probability"].where(SCORED["lead_id"] != "a"))
    quarter = told(joined(hidden, DEALS, until=utc("2026-03-01")))
    assert figure(quarter, "expected_conversion", "tier", "hot")["n_leads"] == 3
    assert "1 of them were issued without a probability" in notes(quarter, "waiting")[1]


def test_stuck_is_warm_on_end_for_longer_than_allowed():
    """a warm for 42 days, b cold in between, c warm for 30; d is not scored on the last date."""
    looks = scores(
        """
        lead_id | as_of      | score
        a       | 2025-12-22 | 60
        a       | 2026-02-02 | 60
        b       | 2025-12-22 | 60
        b       | 2026-01-26 | 30
        b       | 2026-02-02 | 60
        c       | 2026-01-03 | 55
        c       | 2026-02-02 | 65
        d       | 2025-12-22 | 60
        d       | 2026-01-26 | 60
        """
    )
    open_deals = deals(
        "lead_id | status | closed_at\na | open |\nb | open |\nc | open |\nd | open |"
    )
    both = joined(looks, open_deals)
    days = warm_days(both.looks).set_index("lead_id")["warm_days"]
    assert days.to_dict() == {"a": 42, "b": 0, "c": 30, "d": 35}
    quarter = told(both)
    stuck = figure(quarter, "share_stuck", "tier", "warm")
    assert (stuck["n_counted"], stuck["n_leads"]) == (1, 3)


def test_every_number_has_its_leads_and_an_interval_or_a_reason(quarter):
    rows = quarter.rows
    known = rows["value"].notna()
    assert (rows.loc[known, "n_leads"] >= 2).all()
    bare = rows.loc[rows["low"].isna(), "why_no_interval"]
    assert (bare != "").all()
    inside = rows.dropna(subset=["low"])
    assert (inside["low"] <= inside["value"] + 1e-12).all()
    assert (inside["value"] <= inside["high"] + 1e-12).all()


def test_rows_are_the_same_whatever_the_order_of_the_scores(both, quarter):
    shuffled = joined(SCORED.sample(frac=1, random_state=1), DEALS, channel=CHANNEL)
    assert told(shuffled).rows.equals(told(both).rows)
