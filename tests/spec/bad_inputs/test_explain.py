"""Bad inputs 204 to 211: leads that cannot be explained, or not in full, and cards that cannot be written."""

import json
import shutil

import pandas as pd
import pytest

from leadscore.adapters import issued as partitions
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.explaining import explained, write_card
from leadscore.adapters.files import write_table
from leadscore.scoring.thresholds import BEFORE_ANY
from leadscore.stages import score, snapshot, train
from tests.bad_inputs import stops
from tests.fakes import ROOT
from tests.ingested import ingested

WEEK = pd.Timedelta(days=7)


@pytest.fixture(scope="module")
def trained(world, world_until, world_settings, tmp_path_factory):
    """Return a project that trained and issued scores twice, without a champion: the grid scores."""
    home = ingested(tmp_path_factory.mktemp("project"), world, world_until)
    snapshot.run(home, world_settings)
    train.run(home, world_settings)
    for moment in (world_until - WEEK, world_until):
        score.run(home, world_settings, as_of=moment)
    return home


@pytest.fixture
def home(trained, tmp_path):
    """Return a copy of the project, to be spoilt."""
    return Workspace(shutil.copytree(trained.root, tmp_path / "project"), ROOT)


@pytest.fixture(scope="module")
def open_lead(trained):
    """Return the id of the first lead of the last issued scores."""
    folder = partitions.newest(trained.folders["issued"])
    return partitions.read_partition(folder)["lead_id"].iloc[0]


def explain(home, settings, lead_id, as_of=None):
    return explained(home, settings, lead_id, as_of=as_of)


def changed(home, name, change):
    """Rewrite a table of the project by a function of it."""
    write_table(home.file("tables", f"{name}.parquet"), change(home.table("tables", name)))


def with_a_twin(home, lead_id):
    """Give the lead a twin whose id is spelled in small letters."""

    def doubled(table):
        twin = table.loc[table["lead_id"] == lead_id].assign(lead_id=lead_id.lower())
        return pd.concat([table, twin], ignore_index=True).astype(table.dtypes)

    changed(home, "leads", doubled)
    changed(home, "outcomes", doubled)


def test_204_an_unknown_lead_stops_and_the_nearest_ids_are_named(trained, world_settings):
    file = str(trained.file("tables", "leads.parquet"))
    error = stops(
        "unknown-lead", explain, trained, world_settings, "L00003666", place=(file, None, None)
    )
    assert "no lead is called 'L00003666' among 800" in str(error)
    assert "did you mean 'L0000366'" in error.fix


@pytest.mark.parametrize("lead_id", ["", "nobody", "'; drop", "é" * 300, "*"])
def test_204_whatever_is_asked_for_is_only_an_id(trained, world_settings, lead_id):
    error = stops("unknown-lead", explain, trained, world_settings, lead_id)
    assert "write it as the CRM's export does" in error.fix


def test_205_an_id_in_another_case_stops_with_the_ids_as_they_are(home, world_settings, open_lead):
    other = open_lead.lower()
    error = stops("unknown-lead", explain, home, world_settings, other)
    assert error.fix == f"case counts: '{open_lead}'"
    with_a_twin(home, open_lead)
    ids = home.table("tables", "leads")["lead_id"].replace(open_lead, open_lead.upper() + "X")
    changed(home, "leads", lambda table: table.assign(lead_id=ids))
    error = stops("unknown-lead", explain, home, world_settings, open_lead)
    assert error.fix == f"case counts: '{other}'"


def test_205_of_ids_that_differ_in_case_only_the_one_spelled_so_is_explained(
    home, world_settings, open_lead
):
    before = explain(home, world_settings, open_lead)
    with_a_twin(home, open_lead)
    told = explain(home, world_settings, open_lead)
    assert told.standing == before.standing
    assert told.notes[-1] == f"ids that differ from this one in case only: {open_lead.lower()}"


def test_206_a_closed_lead_stops_with_its_end_and_its_last_issued_score(
    home, world_settings, world_until, open_lead
):
    last = explain(home, world_settings, open_lead).history[-1]
    closed = world_until - pd.Timedelta(minutes=1)

    def lose(table):
        mine = table["lead_id"] == open_lead
        table.loc[mine, ["status", "reason"]] = ["lost", "no budget"]
        table.loc[mine, "closed_at"] = closed
        return table

    changed(home, "outcomes", lose)
    error = stops("closed-lead", explain, home, world_settings, open_lead)
    assert f"was lost on {closed:%Y-%m-%d %H:%M}Z (no budget)" in str(error)
    assert (
        f"its last issued score was {last.score:.1f}, {last.tier}, on {last.as_of:%Y-%m-%d}"
        in str(error)
    )
    assert "--as-of while it was open" in error.fix
    then = explain(home, world_settings, open_lead, world_until - WEEK)
    assert then.history[-1].score == then.standing.score


def test_206_a_lead_that_closed_before_any_score_is_told_so(trained, world_settings):
    outcomes = trained.table("tables", "outcomes")
    first = outcomes.loc[outcomes["status"] == "won"].sort_values("closed_at")["lead_id"].iloc[0]
    error = stops("closed-lead", explain, trained, world_settings, first)
    assert "it was never issued a score" in str(error)


def test_207_a_moment_before_the_lead_was_created_stops(
    home, world_settings, world_until, open_lead
):
    created = home.table("tables", "leads").set_index("lead_id")["created_at"][open_lead]
    early = created - pd.Timedelta(days=1)
    error = stops("not-yet-created", explain, home, world_settings, open_lead, early)
    assert f"{created:%Y-%m-%d %H:%M}Z" in str(error)
    changed(
        home,
        "outcomes",
        lambda t: t.assign(opened_at=t["opened_at"].mask(t["lead_id"] == open_lead, world_until)),
    )
    error = stops("not-yet-open", explain, home, world_settings, open_lead, created)
    assert f"opens on {world_until:%Y-%m-%d %H:%M}Z" in str(error)


def test_208_before_there_was_a_training_nothing_is_explained(home, world_settings, open_lead):
    shutil.rmtree(home.folders["bundle"])
    error = stops("missing-file", explain, home, world_settings, open_lead)
    assert "leadscore train" in error.fix


def test_209_without_events_only_properties_are_tried_and_it_is_said(
    home, world_settings, open_lead
):
    path = home.file("tables", "ingest.json")
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"shape": "dated"}), "utf-8")
    home.file("tables", "events.parquet").unlink()
    told = explain(home, world_settings, open_lead)
    assert "this source has no events: only properties can still change" in told.notes
    moves = (*told.what_ifs.raising, *told.what_ifs.lowering)
    assert {step.kind for move in moves for step in move.steps} <= {"property"}
    assert {rule.state for rule in told.trace.rules if rule.group == "engagement"} == {
        "not evaluable"
    }


def test_210_a_moment_long_after_the_export_stops(trained, world_settings, world_until, open_lead):
    late = world_until + pd.Timedelta(days=30)
    error = stops("stale-export", explain, trained, world_settings, open_lead, late, exit_code=4)
    assert f"{world_until:%Y-%m-%d %H:%M}Z" in str(error)


def test_210_a_lead_of_which_nothing_says_whether_it_is_open_stops(home, world_settings, open_lead):
    changed(home, "outcomes", lambda t: t.loc[t["lead_id"] != open_lead].reset_index(drop=True))
    error = stops("no-outcome", explain, home, world_settings, open_lead)
    assert "rejected.parquet" in error.fix


def test_211_a_card_in_a_folder_that_is_not_there_stops(
    trained, world_settings, open_lead, tmp_path
):
    told = explain(trained, world_settings, open_lead)
    card = tmp_path / "missing/card.html"
    place = (str(card.parent), None, None)
    stops("missing-folder", write_card, card, told, world_settings, language="en", place=place)
    assert not card.parent.exists()


def test_211_issued_scores_that_were_damaged_stop(home, world_settings, open_lead):
    folder = partitions.newest(home.folders["issued"])
    spoilt = folder / "scores.parquet"
    spoilt.write_bytes(spoilt.read_bytes()[:-9])
    error = stops("issued-damaged", explain, home, world_settings, open_lead)
    assert str(error.file) == str(spoilt)


def test_what_is_told_by_the_grid_is_what_was_issued(trained, world_settings, open_lead):
    """The ground of the tests above: no champion, the grid scores, and the last issued score is told."""
    told = explain(trained, world_settings, open_lead)
    assert told.standing.opinion in ("grid", "base_rate")
    assert told.notes[0].startswith("no champion: the ")
    assert (told.history[-1].score, told.history[-1].tier) == (
        told.standing.score,
        told.standing.tier,
    )
    assert told.decision_id == BEFORE_ANY or told.decision_id.isdigit()
