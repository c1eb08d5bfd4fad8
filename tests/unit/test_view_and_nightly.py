"""One view for training and the nightly job, and a night that loses nobody and sees no future."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from leadscore.domain import schemas
from leadscore.domain.errors import GateError
from leadscore.history.log import EventTable
from leadscore.scoring.segments import Unfit
from leadscore.scoring.snapshots import compared_horizons, labelled_looks, take
from leadscore.scoring.view import Sources, view
from leadscore.scoring.whole_night import score_open_leads
from tests.fakes import (
    category,
    events,
    grid,
    leads,
    looks,
    outcomes,
    scorer_by_grid,
    settings,
    utc,
)

MONDAY = utc("2026-03-02")
BY_GRID = scorer_by_grid()
THREE = Sources(
    leads=leads(
        """
        lead_id | created_at | channel
        a       | 2026-01-01 | referral
        b       | 2026-01-01 | spam
        c       | 2026-01-01 | ads
        """
    ),
    outcomes=outcomes(
        """
        lead_id | status | closed_at
        a       | open   |
        b       | open   |
        c       | lost   | 2026-02-01
        """
    ),
    events=EventTable(
        events(
            """
        lead_id | occurred_at | type
        a       | 2026-01-10  | demo_request
        """
        )
    ),
    properties=[category("channel")],
    event_labels={"demo_request": "Demo requested"},
    engagement_types=["demo_request"],
)
WIDE = dataclasses.replace(
    THREE,
    leads=THREE.leads.assign(
        created_at=pd.Series([pd.NaT] * 3, dtype=schemas.TIME), order=[1, 2, 3]
    ),
    outcomes=THREE.outcomes.assign(closed_at=pd.Series([pd.NaT] * 3, dtype=schemas.TIME)),
    events=None,
)


def night(
    scorer, sources, about, *, as_of=MONDAY, until=None, shape="events", limits=None, unfit=()
):
    return score_open_leads(
        scorer,
        sources,
        limits or settings(),
        shape=shape,
        as_of=as_of,
        until=until or as_of,
        about=about,
        unfit=unfit,
    )


def test_an_unfit_segment_gets_score_and_tier_but_no_percentage(about):
    """Lead b is disqualified and has no percentage anyway."""
    referral = Unfit("lead_channel", "referral", 0.1, 0.03, 900, 27, "too high")
    plain, counts = night(scorer_by_grid(), THREE, about)
    found, fewer = night(scorer_by_grid(), THREE, about, unfit=[referral])
    told = found.set_index("lead_id")["probability"]
    assert told.isna().to_dict() == {"a": True, "b": True}
    assert found["score"].tolist() == plain["score"].tolist()
    assert found["tier"].tolist() == plain["tier"].tolist()
    assert (counts["without_percentage"], fewer["without_percentage"]) == (1, 2)


def test_an_export_too_old_to_say_who_is_open_is_refused(about):
    """Two days are allowed; a second more is not."""
    late = MONDAY + pd.Timedelta(days=2)
    assert len(night(scorer_by_grid(), THREE, about, as_of=late, until=MONDAY)[0]) > 0
    with pytest.raises(GateError, match=r"stale-export: the export ends .* 2\.0 days before as_of"):
        night(scorer_by_grid(), THREE, about, as_of=late + pd.Timedelta(seconds=1), until=MONDAY)


def test_a_view_keeps_the_order_of_the_looks_in_features_and_points():
    asked = looks(
        """
        lead_id | as_of      | age_days
        b       | 2026-01-12 | 11
        a       | 2026-01-09 | 8
        a       | 2026-01-12 | 11
        c       | 2026-01-12 | 11
        """
    )
    features, points = view(asked, THREE, grid(), settings())
    table = features.rows
    assert table["lead_channel"].tolist() == ["spam", "referral", "referral", "ads"]
    assert table["act_demo_request_count_7d"].tolist() == [0, 0, 1, 0]
    assert points.points.tolist() == [0.0, 30.0, 70.0, 0.0]
    assert points.disqualified.tolist() == [True, False, False, False]


def test_a_rule_on_an_excluded_property_is_not_evaluated_but_named():
    hidden = dataclasses.replace(
        THREE, properties=[category("channel", excluded="written by reps")]
    )
    asked = looks("lead_id | as_of | age_days\na | 2026-01-12 | 11")
    features, points = view(asked, hidden, grid(), settings())
    assert "lead_channel" not in [f.name for f in features.features]
    assert points.points.tolist() == [40.0]
    assert points.not_evaluable["referral"] == ("channel",)


def test_taking_snapshots_counts_what_became_of_the_leads():
    """a and c are looked at on the Mondays of January; b has no outcome row and is not.

    28 days later, on 16 February, the looks of 5, 12 and 19 January have matured.
    """
    known = dataclasses.replace(THREE, outcomes=THREE.outcomes.iloc[[0, 2]])
    chosen = settings(label={"horizon_days": 28})
    taken = take(known, grid(), chosen, shape="events", until=utc("2026-01-26"))
    assert taken.counts["leads"] == 3
    assert taken.counts["leads_without_outcome"] == 1
    assert taken.counts["leads_looked_at"] == 2
    assert taken.counts["looks"] == len(taken.snapshots) == 8
    assert taken.counts["mature"] == 0
    later = take(known, grid(), chosen, shape="events", until=utc("2026-02-16"))
    mature = later.snapshots.loc[later.snapshots["is_mature"]]
    assert later.counts["mature"] == len(mature) == 3 + 3
    assert later.counts["won"] == 0
    schemas.check(schemas.SNAPSHOTS, later.snapshots)


def test_the_place_in_the_file_is_no_feature():
    taken = take(THREE, grid(), settings(), shape="events", until=MONDAY)
    assert "row" in THREE.leads.columns
    assert "row" not in taken.snapshots.columns
    assert not [f.name for f in taken.features if "row" in f.name]


def test_a_reopened_lead_is_counted_and_scored_while_it_is_open(about):
    """c was lost on 1 February and is back since the 20th; the 28 days of the looks before are over."""
    again = outcomes(
        """
        lead_id | opened_at  | status | closed_at
        a       | 2026-01-01 | open   |
        b       | 2026-01-01 | open   |
        c       | 2026-01-01 | lost   | 2026-02-01
        c       | 2026-02-20 | open   |
        """
    )
    known = dataclasses.replace(THREE, outcomes=again)
    chosen = settings(label={"horizon_days": 28})
    counts = take(known, grid(), chosen, shape="events", until=MONDAY).counts
    assert counts["reopened"] == 1
    assert counts["lost"] == 4  # the looks at c of 5, 12, 19 and 26 January
    assert counts["several_rule"] == "first"
    made = [counts[name] for name in ("won", "lost", "undecided", "immature")]
    assert sum(made) == counts["looks"]
    table, _ = night(BY_GRID, known, about)
    assert sorted(table["lead_id"]) == ["a", "b", "c"]
    before, _ = night(BY_GRID, known, about, as_of=utc("2026-02-19"))
    assert sorted(before["lead_id"]) == ["a", "b"]


def test_horizons_are_compared_on_the_looks_that_are_taken():
    """In January c is looked at on four Mondays and lost on 1 February; nobody is won."""
    chosen = settings(label={"horizon_days": 28, "compared_days": [14]})
    rows = compared_horizons(THREE, chosen, shape="events", until=MONDAY)
    assert [(row.horizon_days, row.is_in_force) for row in rows] == [(14, False), (28, True)]
    taken = labelled_looks(THREE, chosen, shape="events", until=MONDAY)
    assert rows[1].mature_looks == taken["is_mature"].sum()
    assert compared_horizons(WIDE, chosen, shape="wide", until=pd.NaT) == ()


def test_snapshots_can_be_taken_at_ages():
    chosen = settings(snapshots={"kind": "ages", "ages_days": [1, 7]})
    taken = labelled_looks(THREE, chosen, shape="dated", until=MONDAY)
    assert taken["age_days"].tolist() == [1, 7] * 3


def test_a_wide_export_is_looked_at_once_and_closed_leads_are_mature():
    taken = take(WIDE, grid(), settings(), shape="wide", until=pd.NaT)
    assert taken.snapshots["is_mature"].tolist() == [False, False, True]
    assert taken.snapshots["grid_points"].tolist() == [30.0, 0.0, 0.0]
    assert taken.counts["grid_rules_not_evaluable"] == ["demo: lacks events"]
    assert not [f for f in taken.features if f.name.startswith("act_")]
    schemas.check(schemas.SNAPSHOTS, taken.snapshots)


def test_no_look_is_no_row_and_no_fault():
    """The export was made before the first Monday."""
    taken = take(THREE, grid(), settings(), shape="events", until=utc("2026-01-02"))
    assert len(taken.snapshots) == taken.counts["looks"] == 0


def test_every_open_lead_is_scored_once_and_the_counts_add_up(about):
    table, counts = night(BY_GRID, THREE, about)
    assert sorted(table["lead_id"]) == ["a", "b"]
    assert counts["leads"] == 3
    assert counts["open"] == counts["scored"] == counts["hot"] + counts["warm"] + counts["cold"]
    assert counts["disqualified"] == 1
    schemas.check(schemas.ISSUED, table)


def test_the_night_of_the_simulated_crm_scores_whoever_is_open(
    world, world_trained, world_settings, about
):
    scorer = dataclasses.replace(world_trained.scorer, opinion="model")
    table, counts = night(scorer, world, about, limits=world_settings)
    closed = world.outcomes["closed_at"]
    is_open = (world.leads["created_at"] <= MONDAY) & (closed.isna() | (closed > MONDAY))
    assert counts["open"] == len(table) == int(is_open.sum()) > 50
    assert set(table["lead_id"]) == set(world.leads.loc[is_open.to_numpy(), "lead_id"])
    assert table["score"].is_monotonic_decreasing
    schemas.check(schemas.ISSUED, table)


def test_what_happens_after_the_night_changes_no_score(world, world_trained, world_settings, about):
    """Take away every event and closing after that Monday: the same table comes out."""
    scorer = dataclasses.replace(world_trained.scorer, opinion="model")
    late = world.outcomes["closed_at"] > MONDAY
    past = dataclasses.replace(
        world,
        events=EventTable(world.events.events.loc[world.events.events["occurred_at"] <= MONDAY]),
        outcomes=world.outcomes.assign(
            status=world.outcomes["status"].mask(late, "open"),
            closed_at=world.outcomes["closed_at"].mask(late),
        ),
    )
    then, _ = night(scorer, past, about, limits=world_settings)
    now, _ = night(scorer, world, about, limits=world_settings)
    pd.testing.assert_frame_equal(now, then)


def test_the_night_sees_what_the_snapshot_of_that_monday_saw(
    world, world_trained, world_settings, taken, about
):
    """Training and scoring may not see differently: same features, same probability.

    The night also scores leads beyond `snapshots.max_age_days`, of which no snapshot is taken.
    """
    monday = taken.snapshots["as_of"].max()
    scorer = dataclasses.replace(world_trained.scorer, opinion="model")
    table, _ = night(scorer, world, about, as_of=monday, limits=world_settings)
    snapshot = taken.snapshots.loc[taken.snapshots["as_of"] == monday]
    p = scorer.probability(snapshot, snapshot["grid_points"].to_numpy())
    expected = pd.Series(p, index=snapshot["lead_id"])
    got = table.set_index("lead_id")["probability"]
    age = (monday - world.leads.set_index("lead_id")["created_at"]).dt.days
    assert age[got.index.difference(expected.index)].min() >= 365
    both = got.index.intersection(expected.index)
    assert len(both) == len(expected) > 50
    np.testing.assert_array_equal(got[both], expected[both])


def test_the_trend_compares_with_the_same_scorer_some_days_ago(about):
    """a asked for a demo on 10 January. On the 12th that is news, 7 days later it is not."""
    early, _ = night(BY_GRID, THREE, about, as_of=utc("2026-01-12"))
    late, _ = night(BY_GRID, THREE, about, as_of=utc("2026-01-19"))
    assert early.set_index("lead_id").loc["a", "trend"] == "improving"
    assert late.set_index("lead_id").loc["a", "trend"] == "steady"


def test_on_the_first_days_there_is_nothing_to_compare_with(about):
    table, _ = night(BY_GRID, THREE, about, as_of=utc("2026-01-02"))
    assert set(table["trend"]) == {"not enough info"}


def test_wide_exports_are_scored_without_a_moment(about):
    table, counts = night(BY_GRID, WIDE, about, as_of=pd.NaT, shape="wide")
    assert counts["scored"] == 2
    assert table["as_of"].isna().all()
    schemas.check(schemas.ISSUED, table)


@pytest.mark.parametrize(
    ("sources", "shape", "as_of", "said"),
    [
        (THREE, "events", utc("2025-01-01"), "none of 3 leads is open at 2025-01-01 00:00Z"),
        (
            dataclasses.replace(WIDE, outcomes=WIDE.outcomes.assign(status="won")),
            "wide",
            pd.NaT,
            "none of 3 leads is open in this export",
        ),
    ],
)
def test_nobody_open_stops_the_night(about, sources, shape, as_of, said):
    with pytest.raises(GateError, match=said) as stopped:
        night(BY_GRID, sources, about, shape=shape, as_of=as_of)
    assert stopped.value.code == "no-open-leads"


def test_a_look_at_a_lead_the_source_does_not_know_is_a_bug():
    with pytest.raises(ValueError, match="1 looks at leads that the source does not know"):
        view(looks("lead_id | as_of\na | 2026-02-01\nx | 2026-02-01"), THREE, grid(), settings())
