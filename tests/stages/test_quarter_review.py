"""A quarter looked back at through the doors: issued scores, or the training's, to a page and marts."""

import json
import os
import shutil

import pandas as pd
import pytest

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.files import read_table, write_table
from leadscore.adapters.issued import inputs_of, read_partition, run_id
from leadscore.adapters.quarters import QuarterAsk, review_quarter
from leadscore.domain.errors import InputError
from leadscore.domain.marts import MARTS
from leadscore.domain.quarters import Quarter
from leadscore.stages import evaluate, review, score, snapshot, train
from tests.end_to_end.project import tree
from tests.fakes import ROOT, utc
from tests.ingested import ingested

DAYS = ("2026-01-05", "2026-02-02", "2026-03-02", "2026-04-06")
Q1 = Quarter(2026, 1)


@pytest.fixture(scope="module")
def ran(world, world_until, world_settings, tmp_path_factory):
    """Return a project that trained, and scored on four dates; and its page of the first quarter."""
    home = ingested(tmp_path_factory.mktemp("project"), world, world_until)
    snapshot.run(home, world_settings)
    train.run(home, world_settings)
    evaluate.run(home, world_settings)
    for day in DAYS:
        score.run(home, world_settings, as_of=utc(day))
    return home, review.run(home, world_settings, quarter=QuarterAsk(Q1))


@pytest.fixture
def home(ran, tmp_path):
    """Return a copy of the project."""
    return Workspace(shutil.copytree(ran[0].root, tmp_path / "project"), ROOT)


def issued(home, day):
    (folder,) = home.root.glob(f"data/issued/as_of={day}/run=*")
    return folder, read_partition(folder)


def scores_of(home):
    return read_table(home.file("marts", "scores.parquet"), fix="x")


def test_the_page_the_tables_and_the_marts_are_written_and_nothing_else_changes(ran):
    home, page = ran
    assert page == home.root / "reports/quarters/2026Q1/report.html"
    assert "2026Q1: scores against what became of the leads" in page.read_text("utf-8")
    assert json.loads((page.parent / "tables.json").read_text())["basis"] == "issued"
    assert (page.parent / "proposal.json").exists()
    names = {f"{m.name}.{kind}" for m in MARTS for kind in ("csv", "parquet")}
    assert {p.name for p in home.folders["marts"].iterdir()} == names | {
        "README.md",
        "marts.duckdb",
    }
    assert not home.folders["review"].exists()


def test_the_decision_in_force_is_judged_by_the_scores_that_carry_it(ran):
    """The shipped decision 0001 was written by hand: nothing was expected of it, and what came is told."""
    home, page = ran
    mart = read_table(home.file("marts", "judgements.parquet"), fix="x").set_index("measure")
    assert set(mart["decision_id"]) == {"0001"}
    assert set(mart["verdict"]) == {"no expectation kept"}
    parts = pd.concat([issued(home, day)[1] for day in DAYS[:3]])
    hot = parts.loc[parts["tier"] == "hot"]
    assert mart.loc["hot_leads", "came"] == pytest.approx(len(hot) / 3)
    assert mart.loc["hot_leads", "nights"] == 3
    told = json.loads((page.parent / "tables.json").read_text())["decisions_told"]
    assert told[0].startswith("decision 0001 of 2024-01-01, hot 65, warm 50:")
    assert "Signed decisions: what was expected, and what came" in page.read_text("utf-8")


def test_every_lead_scored_in_the_quarter_counts_once_by_its_first_score(ran):
    home, _ = ran
    parts = pd.concat([issued(home, day)[1] for day in DAYS[:3]]).sort_values(
        "as_of", kind="stable"
    )
    first = parts.drop_duplicates("lead_id").set_index("lead_id")
    mart = scores_of(home).set_index("lead_id")
    assert set(mart.index) == set(first.index)
    assert (mart["first_score"] == first["score"].reindex(mart.index)).all()
    last = parts.drop_duplicates("lead_id", keep="last").set_index("lead_id")
    assert (mart["last_score"] == last["score"].reindex(mart.index)).all()


def test_outcomes_are_the_simulated_ones_within_the_horizon(ran, world):
    home, _ = ran
    mart = scores_of(home)
    deals = world.outcomes.set_index("lead_id")
    of_lead = deals.loc[mart["lead_id"]].reset_index(drop=True)
    status, closed = of_lead["status"], of_lead["closed_at"]
    end = mart["first_as_of"] + pd.Timedelta(days=90)
    won = ((status == "won") & (closed <= end)).astype(float)
    known = mart["standing"] == "matured"
    assert known.sum() > 100
    assert (mart.loc[known, "label"] == won[known]).all()


def test_the_explore_mark_of_the_issued_scores_is_that_of_the_mart(ran):
    home, _ = ran
    table = issued(home, DAYS[0])[1].set_index("lead_id")
    mart = scores_of(home).set_index("lead_id").loc[table.index]
    assert (mart["explore"] == table["explore"].map({True: "yes", False: "no"})).all()
    assert table.loc[table["explore"], "tier"].eq("cold").all()


def test_a_second_review_writes_the_same_tables(home, world_settings):
    page = review.run(home, world_settings, quarter=QuarterAsk(Q1))
    before = {k: v for k, v in tree(home.root / "data/marts").items() if "duckdb" not in k}
    review.run(home, world_settings, quarter=QuarterAsk(Q1))
    after = {k: v for k, v in tree(home.root / "data/marts").items() if "duckdb" not in k}
    assert after == before
    assert page.exists()


def test_a_page_in_french_has_the_same_files_beside_it(home, world_settings):
    page = review.run(home, world_settings, quarter=QuarterAsk(Q1))
    english = {path.name: path.read_bytes() for path in page.parent.glob("*.json")}
    assert '<html lang="en">' in page.read_text("utf-8")
    page = review.run(home, world_settings, quarter=QuarterAsk(Q1), language="fr")
    told = page.read_text("utf-8")
    assert '<html lang="fr">' in told
    assert "2026 T1\N{NO-BREAK SPACE}: les scores face au devenir des prospects" in told
    assert {path.name: path.read_bytes() for path in page.parent.glob("*.json")} == english
    assert set(english) == {"proposal.json", "tables.json"}


def test_another_quarter_stands_beside_the_first_in_the_marts(home, world_settings):
    review_quarter(home, world_settings, QuarterAsk(Quarter(2026, 2)))
    assert set(scores_of(home)["quarter"]) == {"2026Q1", "2026Q2"}


def test_scores_issued_before_there_was_a_mark_are_read_and_said_to_have_none(home, world_settings):
    for day in DAYS:
        folder, table = issued(home, day)
        write_table(folder / "scores.parquet", table.drop(columns="explore"))
        _vouch(folder)
    found = review_quarter(home, world_settings, QuarterAsk(Q1))
    (exploration,) = [t for t in found.tables if t.name == "exploration"]
    assert exploration.rows == []
    assert exploration.notes[0].startswith("No exploration sample is marked")
    assert set(scores_of(home)["explore"]) == {"not marked"}


def test_of_several_runs_of_one_moment_the_last_issued_counts_whatever_the_files_times(
    home, world_settings
):
    folder, table = issued(home, DAYS[0])
    inputs = inputs_of(folder) | {"tables_sha256": "of another export"}
    other = shutil.copytree(folder, folder.with_name(f"run={run_id(inputs)}"))
    write_table(other / "scores.parquet", table.assign(score=1.0, tier="cold"))
    _vouch(other, order=2, inputs=inputs)
    os.utime(folder / "MANIFEST.json", (4e9, 4e9))  # as if it had been written later
    found = review_quarter(home, world_settings, QuarterAsk(Q1))
    assert found.notes[0].startswith("1 runs for a moment that was scored again later")
    first = scores_of(home).set_index("lead_id").loc[table["lead_id"], "first_score"]
    assert (first == 1.0).all()


def test_a_damaged_partition_stops(home, world_settings):
    folder, _ = issued(home, DAYS[1])
    (folder / "scores.parquet").write_bytes(b"")
    with pytest.raises(InputError) as stopped:
        review_quarter(home, world_settings, QuarterAsk(Q1))
    assert stopped.value.code == "issued-damaged"


def test_what_happened_after_the_horizon_changes_no_outcome(home, world_settings):
    """Every lead still open is won on the day of the export: labels of January stay."""
    before = scores_of(home).set_index("lead_id")["label"]
    outcomes = home.table("tables", "outcomes")
    is_open = outcomes["status"] == "open"
    until = home.observed_until().as_unit("us")
    won = outcomes.assign(
        status=outcomes["status"].mask(is_open, "won"), closed_at=outcomes["closed_at"].mask(is_open, until)
    )  # fmt: skip
    write_table(home.file("tables", "outcomes.parquet"), won)
    review_quarter(home, world_settings, QuarterAsk(Q1))
    mart = scores_of(home).set_index("lead_id")
    early = mart.index[mart["first_as_of"] == utc(DAYS[0])]
    assert len(early) > 50
    pd.testing.assert_series_equal(mart.loc[early, "label"], before[early])


def test_out_of_time_the_training_stands_in_and_every_table_says_so(home, world_settings):
    evidence = home.table("evidence", "evidence")
    newest = evidence.loc[evidence["window"] == "test", "as_of"].max()
    quarter = Quarter.of(newest)
    page = review.run(home, world_settings, quarter=QuarterAsk(quarter, is_out_of_time=True))
    told = json.loads((page.parent / "tables.json").read_text())
    assert told["basis"] == "out of time"
    assert page.read_text("utf-8").count("NOT issued: out-of-time scores of the training") > 12
    calibrated = set(evidence.loc[evidence["window"] == "calibrate", "as_of"])
    found = scores_of(home)
    assert set(found.loc[found["quarter"] == quarter.name, "basis"]) == {"out of time"}
    assert not set(found.loc[found["basis"] == "out of time", "first_as_of"]) & calibrated


def _vouch(folder, **changes):
    """Let the manifest vouch for the files as they are."""
    from leadscore.adapters.files import sha256_of
    from leadscore.adapters.sealed import sealed

    path = folder / "MANIFEST.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["members"] = {name: sha256_of(folder / name) for name in manifest["members"]}
    manifest |= changes
    path.write_text(sealed(manifest), "utf-8")
