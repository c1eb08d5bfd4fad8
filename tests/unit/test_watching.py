"""What training leaves for those who watch: looks not decided, features that moved or tell the date."""

import dataclasses

import numpy as np
import pytest

from leadscore.history.features import Feature
from leadscore.scoring.training import train
from leadscore.scoring.watching import SCORE, dated_features, train_watched, watch
from tests.fakes import grid, small_settings
from tests.markets import MARKET_FEATURES, MARKET_UNTIL, market

SETTINGS = small_settings()
INDEX = Feature("lead_index", "number", "Index: {value:.1f}", "index")
FEATURES = (*MARKET_FEATURES, INDEX)


@pytest.fixture(scope="module")
def snapshots():
    """A market whose last fifth is not decided yet, with an index that falls as time goes by."""
    table = market(1500)
    late = np.arange(len(table)) >= 1200
    days = (table["order"] - table["order"].min()) / 86_400
    return table.assign(
        is_mature=~late, label=table["label"].mask(late), lead_index=4.0 - np.floor(days / 30)
    )


@pytest.fixture(scope="module")
def watched(snapshots):
    trained = train(snapshots, MARKET_FEATURES, grid(), SETTINGS, until=MARKET_UNTIL)
    dated = dated_features(snapshots, FEATURES, SETTINGS, is_dated=True)
    return watch(trained, snapshots, FEATURES, SETTINGS, dated=dated), trained


def test_looks_not_decided_are_scored_by_the_scorer(watched, snapshots):
    found, trained = watched
    asked = snapshots.loc[~snapshots["is_mature"]].sort_values(["order", "lead_id"])
    points = asked["grid_points"].to_numpy()
    assert len(found.waiting) == 300
    assert found.waiting["p_issued"].to_numpy() == pytest.approx(
        trained.scorer.probability(asked, points)
    )


def test_the_index_alone_tells_the_date_and_moved(watched):
    found, _ = watched
    assert [d.name for d in found.dated] == ["lead_index"]
    assert {m.name for m in found.moved if m.has_moved} == {"lead_index"}
    assert {m.now for m in found.moved} == {"test", "waiting"}
    assert {m.name for m in found.moved} == {SCORE, *(f.name for f in FEATURES)}
    assert found.warnings[0].startswith("lead_index tells the date: ")
    assert {m.words for m in found.moved if m.name == "lead_index"} == {"Index"}


@pytest.mark.parametrize(("choice", "learned"), [("keep", True), ("drop", False)])
def test_a_model_learns_the_date_only_where_it_is_kept(snapshots, choice, learned):
    settings = small_settings(drift={"date_features": choice})
    trained, found = train_watched(
        snapshots, FEATURES, grid(), settings, until=MARKET_UNTIL, anchor_probability=None
    )
    assert ("lead_index" in trained.scorer.model.encoder.names) is learned
    assert [d.name for d in found.dated] == ["lead_index"]
    assert any("lead_index tells the date" in line for line in trained.warnings)


def test_all_of_it_is_plain(watched):
    plain = watched[0].described()
    assert set(plain) == {"dated", "moved", "unfit"}
    assert plain["dated"][0]["evidence"] == watched[0].dated[0].evidence


def test_where_all_is_decided_nothing_waits(snapshots):
    mature = snapshots.loc[snapshots["is_mature"]]
    trained = train(mature, MARKET_FEATURES, grid(), SETTINGS, until=MARKET_UNTIL)
    found = watch(trained, mature, MARKET_FEATURES, SETTINGS, dated=())
    assert len(found.waiting) == 0
    assert {m.now for m in found.moved} == {"test"}


def test_what_cannot_be_cut_into_windows_names_nothing(snapshots):
    assert dated_features(snapshots.head(2), FEATURES, SETTINGS, is_dated=True) == ()
    assert dated_features(snapshots.head(0), FEATURES, SETTINGS, is_dated=False) == ()


def test_an_unfit_segment_is_a_warning(watched):
    from leadscore.scoring.segments import Unfit

    unfit = (Unfit("lead_channel", "ads", 0.2, 0.05, 900, 45, "too high"),)
    told = dataclasses.replace(watched[0], unfit=unfit).warnings[-1]
    assert told == (
        "no percentage is shown for lead_channel ads: 20.0% promised, 5.0% won, 900 leads"
    )
