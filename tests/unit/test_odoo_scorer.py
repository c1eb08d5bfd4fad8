"""Odoo's scorer gives the numbers that Odoo's own tests expect, and follows its rules one by one."""

from dataclasses import replace

import pytest

from benchmarks.quality.odoo import Frequencies, Lead, Stage

STAGES = [Stage("new", 1), Stage("qualified", 2), Stage("offer", 3), Stage("won", 70, is_won=True)]
VARIABLES = ("country", "state", "email_state", "phone_state", "source", "tag")
# lead: team, country, state, source, stage, outcome; the states of mail and phone are empty for all
FOURTEEN = [
    ("one", 1, 1, 1, "new", "lost"),
    ("one", 2, 2, 2, "qualified", "lost"),
    ("one", 3, 3, 3, "offer", "won"),
    ("one", 1, 2, 3, "qualified", None),
    ("one", 2, 2, 2, "new", None),
    ("two", 1, 2, 2, "offer", "lost"),
    ("two", 1, 2, 3, "qualified", "lost"),
    ("two", 1, 3, 3, "new", "won"),
    ("two", 1, 2, 3, "qualified", None),
    ("two", 2, 1, 2, "qualified", None),
    ("three", 2, 2, 2, "offer", "won"),
    ("three", 1, 2, 1, "new", "lost"),
    ("three", 2, 3, 3, "new", "lost"),
    ("three", 1, 2, 3, "qualified", None),
]


def fourteen():
    return [
        Lead({"country": country, "state": state, "source": source}, stage, team, outcome=outcome)
        for team, country, state, source, stage, outcome in FOURTEEN
    ]


def tagged(*, tags=("a", "b")):
    """150 leads: a third with each tag, a third with both; 42 are won and 105 lost, three stay open."""
    groups = [(tags[:1], 19, 30, 1), (tags[1:], 9, 40, 1), (tags, 14, 35, 1)]
    return [
        Lead({}, "new", "team", tags=kept, outcome=outcome)
        for kept, *sizes in groups
        for outcome, n in zip(("won", "lost", None), sizes, strict=True)
        for _ in range(n)
    ]


def rebuilt(leads, variables=VARIABLES):
    return Frequencies.rebuilt(leads, STAGES, variables)


def one(frequencies, lead):
    return frequencies.scores([lead])[0]


def test_the_fourteen_leads_of_odoos_tests_get_the_scores_expected_there():
    leads = fourteen()
    scores = rebuilt(leads).scores(leads)
    assert [scores[i] for i in (3, 8, 13)] == [33.49, 7.74, 35.09]


def test_without_team_a_lead_is_scored_by_all_teams():
    leads = [replace(lead, team="") if lead.team == "three" else lead for lead in fourteen()]
    assert rebuilt(leads).scores(leads)[13] == 35.19


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("stage", "new"), [1.1, 2.1]),
        (("stage", "won"), [1.1, 0.1]),
        (("country", "2"), [0.1, 1.1]),
        (("email_state", "False"), [1.1, 2.1]),
    ],
)
def test_counts_of_a_team_hold_a_tenth_more(row, expected):
    assert rebuilt(fourteen()).counts["one"][row] == pytest.approx(expected)


def test_a_lead_that_closes_moves_its_own_teams_rows_only():
    leads = fourteen()
    frequencies = rebuilt(leads)
    frequencies.add(replace(leads[4], outcome="lost"))
    frequencies.add(replace(leads[9], outcome="won"))
    one_, two = frequencies.counts["one"], frequencies.counts["two"]
    assert one_["stage", "new"] == pytest.approx([1.1, 3.1])
    assert one_["stage", "won"] == pytest.approx([1.1, 0.1])
    assert one_["country", "2"] == pytest.approx([0.1, 2.1])
    assert two["stage", "new"] == pytest.approx([2.1, 2.1])
    assert two["stage", "won"] == pytest.approx([2.1, 0.1])
    assert two["country", "2"] == pytest.approx([1.1, 0.1])  # a new row


def test_a_lead_that_opens_again_is_taken_away_and_no_count_falls_to_nothing():
    leads = fourteen()
    frequencies = rebuilt(leads)
    frequencies.add(leads[0], leaves=True)
    assert frequencies.counts["one"]["country", "1"] == pytest.approx([0.1, 0.1])
    frequencies.add(leads[0], leaves=True)
    assert frequencies.counts["one"]["country", "1"] == pytest.approx([0.1, 0.1])


@pytest.mark.parametrize(
    ("tags", "expected"), [(("a",), 33.69), (("b",), 23.51), (("a", "b"), 28.05)]
)
def test_tags_multiply(tags, expected):
    assert one(rebuilt(tagged()), Lead({}, "new", "team", tags=tags)) == expected


def test_with_tags_off_the_share_of_wins_is_left():
    frequencies = rebuilt(tagged(), variables=("country",))
    assert one(frequencies, Lead({}, "new", "team", tags=("a",))) == 28.60


@pytest.mark.parametrize(("n_lost", "is_kept"), [(24, False), (25, True)])
def test_a_tag_counts_from_fifty_leads_on(n_lost, is_kept):
    leads = [Lead({}, "new", tags=("a",), outcome="won")] * 25
    leads += [Lead({}, "new", tags=("a",), outcome="lost")] * n_lost
    pool = rebuilt(leads).pool("")  # 0.1 on both sides count too: 49.2 and 50.2
    assert (("tag", "a") in pool.rows, "tag" in pool.totals) == (is_kept, is_kept)


@pytest.mark.parametrize(("source", "expected"), [("good", 99.99), ("bad", 0.01)])
def test_scores_end_at_a_hundredth_of_a_per_cent(source, expected):
    leads = [Lead({"source": "good", "state": "good"}, "new", outcome="won")] * 500
    leads += [Lead({"source": "bad", "state": "bad"}, "new", outcome="lost")] * 500
    assert one(rebuilt(leads), Lead({"source": source, "state": source}, "new")) == expected


def test_empty_values_have_no_row_but_for_mail_and_phone():
    pairs = rebuilt([]).pairs(Lead({"country": None, "source": "", "state": 7}, "new"))
    assert pairs == [("state", "7"), ("email_state", "False"), ("phone_state", "False")]


def test_values_never_seen_are_skipped():
    frequencies = rebuilt(tagged(), variables=("country",))
    assert one(frequencies, Lead({"country": "nowhere"}, "new", "team")) == 28.60


@pytest.mark.parametrize(("stage", "expected"), [(None, 0.0), ("won", 100.0)])
def test_no_stage_is_nothing_and_a_won_stage_is_certain(stage, expected):
    assert one(rebuilt(tagged()), Lead({}, stage, "team")) == expected


def test_stages_of_one_team_alone_give_no_score():
    stages = [replace(stage, team="team") for stage in STAGES]
    bound = Frequencies.rebuilt(tagged(), stages, VARIABLES)
    assert one(bound, Lead({}, "new", "team")) is None  # no stage of all teams, so no totals
