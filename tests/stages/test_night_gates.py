"""A night against those before, through the stage: what stops publishes nothing, and says how to go on."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from benchmarks.scored_worlds import small
from leadscore.adapters.bundle import read_bundle
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.decisions import decision_in_force
from leadscore.adapters.issued import newest, read_partition, warnings_of
from leadscore.adapters.nights import Night
from leadscore.adapters.registry.serving import Serving
from leadscore.domain.errors import GateError
from leadscore.stages import score
from tests.fakes import ROOT
from tests.nights import content_of, ready

WEEK = pd.Timedelta(days=7)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return Workspace(ready(tmp_path_factory.mktemp("gated")), ROOT)


@pytest.fixture
def home(trained, tmp_path):
    """The same project, nothing issued in it."""
    shutil.copytree(trained.root, tmp_path / "home")
    return Workspace(tmp_path / "home", ROOT)


def limits(**changes):
    """Settings whose gates judge a few hundred leads as tightly as asked."""
    plain = small().model_dump(by_alias=True)
    plain["night"] |= changes
    plain["review"] |= {"min_leads": 5}
    return type(small()).model_validate(plain)


def manifest(folder):
    return json.loads((folder / "MANIFEST.json").read_text("utf-8"))


def test_a_weeks_nights_tell_tiers_before_moves_and_an_end(home):
    until = home.observed_until()
    first = score.run(home, small(), as_of=until - WEEK)
    second = score.run(home, small(), as_of=until)
    then, now = (read_partition(folder) for folder in (first, second))
    assert then["tier_before"].isna().all()
    was = then.set_index("lead_id")["tier"]
    told = now.set_index("lead_id")["tier_before"]
    both = told.index.intersection(was.index)
    assert len(both) > 50
    assert told[both].tolist() == was[both].tolist()
    assert told.drop(both).isna().all()
    assert (now["expires_at"] - now["as_of"] == pd.Timedelta(days=7)).all()
    counts = manifest(second)["counts"]
    assert counts["new"] == len(now) - len(both)
    assert counts["up"] + counts["down"] == int(
        (now.set_index("lead_id")["tier"][both] != was[both]).sum()
    )
    assert manifest(second)["inputs"]["after"] == f"{first.parent.name}/{first.name}"
    again = content_of(home.root)
    assert score.run(home, small(), as_of=until) == second
    assert content_of(home.root) == again


def test_a_night_unlike_the_last_publishes_nothing_until_somebody_accepts_it(home):
    until = home.observed_until()
    score.run(home, small(), as_of=until - WEEK)
    before = content_of(home.root)
    nobody_may_move = limits(warned_moved=1e-6, most_moved=1e-6)
    with pytest.raises(
        GateError, match=r"tiers-moved: \d+ of \d+ leads changed their tier"
    ) as caught:
        score.run(home, nobody_may_move, as_of=until)
    assert caught.value.exit_code == 4
    assert "--accept" in caught.value.fix
    assert content_of(home.root) == before
    folder = score.run(home, nobody_may_move, as_of=until, accept="a campaign went out")
    verdicts = {gate["gate"]: gate["verdict"] for gate in manifest(folder)["gates"]}
    assert verdicts["tiers-moved"] == "accepted"
    assert any("a campaign went out" in line for line in warnings_of(folder))


def test_half_of_the_usual_leads_stop_the_night(home):
    until = home.observed_until()
    for weeks in (3, 2, 1):
        score.run(home, limits(least_volume=0.01, most_volume=100.0), as_of=until - weeks * WEEK)
    with pytest.raises(GateError, match=r"volume-moved: \d+ open leads, \d+ on the last 3 nights"):
        score.run(home, limits(most_volume=1.0001, least_volume=0.9999), as_of=until)


def test_a_model_whose_data_end_long_ago_stops_where_it_scores(home):
    """Its export is of the same day, which a night refuses first; so that age is allowed here."""
    late = home.observed_until() + pd.Timedelta(days=250)
    plain = limits().model_dump(by_alias=True)
    plain["score"] |= {"max_export_age_days": 1_000}
    settings = type(small()).model_validate(plain)
    bundle = read_bundle(home.folders["bundle"])
    by_model = replace(bundle, scorer=replace(bundle.scorer, opinion="model"))
    night = Night(home, settings, late, decision_in_force(home.config, settings, as_of=late))
    with pytest.raises(GateError, match="model-too-old: the model's data end 250 days before"):
        night.issue(Serving(by_model, None), is_forced=True)
    by_grid = replace(bundle, scorer=replace(bundle.scorer, opinion="grid"))
    folder = night.issue(Serving(by_grid, None), is_forced=True)
    verdicts = {gate["gate"]: gate["verdict"] for gate in manifest(folder)["gates"]}
    assert verdicts["model-too-old"] == "not judged"


def test_between_two_nights_only_leads_with_something_new_are_scored_and_alike(home):
    until = home.observed_until()
    night = score.run(home, small(), as_of=until)
    whole = read_partition(night).set_index("lead_id")
    folder = score.run(home, small(), as_of=until, changed_since=until - pd.Timedelta(days=3))
    some = read_partition(folder).set_index("lead_id")
    assert 0 < len(some) < len(whole)
    same = [name for name in some.columns if name not in ("tier_before", "explore")]
    pd.testing.assert_frame_equal(some[same], whole.loc[some.index, same])
    assert folder.is_relative_to(home.folders["changed"])
    assert newest(home.folders["issued"]) == night
    before = content_of(home.root)
    assert (
        score.run(home, small(), as_of=until, changed_since=until - pd.Timedelta(days=3)) == folder
    )
    assert content_of(home.root) == before


def test_where_nothing_is_new_there_is_nothing_to_score(home):
    until = home.observed_until()
    with pytest.raises(GateError, match="nothing-new: none of"):
        score.run(home, small(), as_of=until, changed_since=until)
