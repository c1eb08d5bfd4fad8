"""Marts for dashboards: stable columns, quarters side by side, cells no spreadsheet runs, queries that run."""

import dataclasses

import duckdb
import numpy as np
import pandas as pd
import pytest

from leadscore.adapters.files import read_table
from leadscore.adapters.marts import write_marts
from leadscore.domain.errors import InputError
from leadscore.domain.marts import BANDS, MARTS, SCORES
from leadscore.metrics import Figure
from leadscore.review.quarter.judging import Judged, Judgement
from leadscore.review.quarter.marts import dictionary, marts_of, renewed
from leadscore.review.quarter.words import FIGURES, TABLES
from leadscore.scoring.grid.decay.rules import RuleFades
from leadscore.scoring.thresholds import Decision
from tests.quarters import deals, joined, said, scores, told

SIGNED = Decision(
    id="0001", decided_on="2026-01-01", by="Ann", source="demo", hot=70.0, warm=50.0,
    anchor_probability=None, reason="a start", proposal_sha256=None,
)  # fmt: skip
DEALS = deals(
    "lead_id | status | closed_at | amount\n"
    "=1+1 | won | 2026-02-01 | 10\nb | lost | 2026-02-01 |\nc | open | |\nd | won | 2026-02-02 | 30"
)
SCORED = scores(
    "lead_id | as_of | score | p | explore\n=1+1 | 2026-01-05 | 80 | 0.6 |\nb | 2026-01-05 | 75 | 0.5 |\n"
    "c | 2026-01-05 | 30 | | 1\nd | 2026-01-05 | 72 | 0.5 | 0"
)
RULES = [RuleFades("demo", 60.0)]
JUDGED = Judged(
    (
        Judgement(
            SIGNED, "hot_leads", Figure(10, 9, 11, 400, 0), Figure(20, 19, 21, 30, 3),
            Figure(10, 9, 11, 430, 3), 13, "not held",
        ),
    )
)  # fmt: skip
VERDICTS = said("lead_id | occurred_at | verdict\nb | 2026-01-09 | overrated", "verdict")


@pytest.fixture(scope="module")
def quarter():
    both = joined(SCORED, DEALS, channel={"=1+1": "+33 ads", "b": "fair", "d": "+33 ads"})
    return dataclasses.replace(
        told(both, feedback=VERDICTS, inactive=[1.0, 10.0, float("nan"), 40.0], rules=RULES),
        judged=JUDGED,
    )


@pytest.fixture(scope="module")
def made(quarter):
    return marts_of(quarter, [SIGNED], source="demo")


@pytest.fixture
def folder(tmp_path, made):
    write_marts(tmp_path / "marts", made)
    return tmp_path / "marts"


def test_every_figure_of_the_report_stands_in_one_mart_once(quarter, made):
    n = sum(len(made[name]) for name in ("bands", "segments", "figures", "inactivity"))
    assert n == len(quarter.rows)
    assert set(made["figures"]["topic"]) == {"correlation", "feedback"}


def test_scores_hold_each_lead_once_with_what_is_known_of_it(made):
    rows = made["scores"].set_index("lead_id")
    assert rows["explore"].to_dict() == {"=1+1": "not marked", "b": "not marked", "c": "yes", "d": "no"}  # fmt: skip
    assert rows.loc["=1+1", ["first_tier", "label", "amount_eur", "days_to_close"]].tolist() == [
        "hot", 1.0, 10.0, 27.0,
    ]  # fmt: skip
    assert np.isnan(rows.loc["c", "first_probability"])


def test_inactivity_tells_the_ends_of_each_stretch_and_the_grids_days(made):
    rows = made["inactivity"].set_index("level")
    assert rows.loc["7 to 30 days", ["from_days", "upto_days"]].tolist() == [7.0, 30.0]
    assert rows.loc["30 days and more", "from_days"] == 30.0
    assert rows.loc[["30 days and more", "no action so far", "demo"], "upto_days"].isna().all()
    assert rows.loc["demo", ["figure", "value"]].tolist() == ["half_gone", 60.0]
    days = made["scores"].set_index("lead_id")["inactive_days"]
    assert days.dropna().to_dict() == {"=1+1": 1.0, "b": 10.0, "d": 40.0}


def test_columns_are_a_contract(made):
    """Names that dashboards rest on: whoever changes one changes this test, and the changelog."""
    assert made["bands"].columns.tolist() == [
        "source", "quarter", "basis", "topic", "figure", "grouped_by", "level", "value", "low", "high",
        "n_leads", "n_counted", "why_no_interval",
    ]  # fmt: skip
    assert made["inactivity"].columns.tolist() == [
        *made["bands"].columns, "from_days", "upto_days",
    ]  # fmt: skip
    assert made["scores"].columns.tolist() == [f.name for f in SCORES.fields]


def test_a_quarter_reviewed_again_replaces_its_rows_and_no_others(made):
    bands = made["bands"]
    other = bands.assign(quarter="2025Q4")
    both = renewed(BANDS, other, bands)
    assert len(both) == 2 * len(bands)
    again = renewed(BANDS, both, bands.assign(value=0.5))
    assert len(again) == len(both)
    assert (again.loc[again["quarter"] == "2026Q1", "value"] == 0.5).all()
    pd.testing.assert_frame_equal(
        again.loc[again["quarter"] == "2025Q4"].reset_index(drop=True), other.reset_index(drop=True)
    )


def test_writing_twice_changes_no_table(folder, made):
    before = {m.name: read_table(folder / f"{m.name}.parquet", fix="x") for m in MARTS}
    write_marts(folder, made)
    for name, table in before.items():
        pd.testing.assert_frame_equal(read_table(folder / f"{name}.parquet", fix="x"), table)


def test_csv_and_parquet_hold_the_same_and_no_cell_is_a_formula(folder, made):
    for mart in MARTS:
        rows = pd.read_csv(folder / f"{mart.name}.csv", dtype=str, keep_default_na=False)
        assert rows.columns.tolist() == [f.name for f in mart.fields]
        assert len(rows) == len(made[mart.name])
    ids = pd.read_csv(folder / "scores.csv", dtype=str)["lead_id"]
    assert "'=1+1" in set(ids)
    levels = pd.read_csv(folder / "segments.csv", dtype=str)["level"]
    assert "'+33 ads" in set(levels)
    assert "=1+1" in set(read_table(folder / "scores.parquet", fix="x")["lead_id"])


@pytest.mark.parametrize("mart", MARTS, ids=lambda mart: mart.name)
def test_the_example_query_runs_and_its_view_answers_the_same(folder, mart):
    with duckdb.connect(str(folder / "marts.duckdb"), read_only=True) as engine:
        asked = engine.execute(mart.sql).fetchall()
        assert asked
        assert engine.execute(f"FROM {mart.view}").fetchall() == asked


def test_the_duckdb_file_stands_alone(folder, tmp_path):
    moved = (folder / "marts.duckdb").rename(tmp_path / "elsewhere.duckdb")
    with duckdb.connect(str(moved), read_only=True) as engine:
        assert engine.execute("SELECT count(*) FROM scores").fetchone() == (4,)


def test_the_wins_by_tier_are_those_of_the_table(folder):
    with duckdb.connect(str(folder / "marts.duckdb"), read_only=True) as engine:
        found = engine.execute("FROM wins_by_tier").fetchall()
    assert found == [("2026Q1", "cold", 1, 0.0), ("2026Q1", "hot", 3, 2.0)]


def test_an_expectation_that_did_not_hold_is_found_by_its_view(folder):
    with duckdb.connect(str(folder / "marts.duckdb"), read_only=True) as engine:
        found = engine.execute("FROM expectations_not_held").fetchall()
    assert found == [("2026Q1", "0001", "hot_leads", 10.0, 20.0, 9.0, 11.0, "not held")]


def test_the_dictionary_explains_every_column_figure_and_topic(folder, made):
    page = (folder / "README.md").read_text("utf-8")
    assert page == dictionary()
    for mart in MARTS:
        assert f"\n## {mart.name}\n" in page
        assert mart.sql in page
        for field in mart.fields:
            assert f"| `{field.name}` |" in page
    for name in [*FIGURES, *TABLES]:
        assert f"| `{name}` |" in page
    figures = set().union(
        *(made[m]["figure"] for m in ("bands", "segments", "figures", "inactivity"))
    )
    assert figures <= set(FIGURES)


def test_marts_of_before_a_column_was_added_are_taken_over_with_it_empty(folder, made):
    path = folder / "scores.parquet"
    read_table(path, fix="x").assign(quarter="2025Q4").drop(columns="inactive_days").to_parquet(
        path
    )
    write_marts(folder, made)
    rows = read_table(path, fix="x")
    assert rows.columns.tolist() == [f.name for f in SCORES.fields]
    assert rows.loc[rows["quarter"] == "2025Q4", "inactive_days"].isna().all()
    assert rows.loc[rows["quarter"] == "2026Q1", "inactive_days"].notna().any()


def test_marts_changed_by_hand_stop_the_next_review(folder, made):
    path = folder / "bands.parquet"
    read_table(path, fix="x").drop(columns="low").to_parquet(path)
    with pytest.raises(InputError, match="move data/marts away|table bands") as stopped:
        write_marts(folder, made)
    assert stopped.value.code == "bad-table"
    assert sorted(p.name for p in folder.parent.iterdir()) == ["marts"]


def test_without_decisions_and_verdicts_the_marts_are_empty_and_whole(quarter, tmp_path):
    bare = told(joined(SCORED, DEALS))
    made = marts_of(bare, [], source="demo")
    assert len(made["decisions"]) == len(made["feedback"]) == len(made["segments"]) == 0
    write_marts(tmp_path / "marts", made)
    write_marts(tmp_path / "marts", marts_of(quarter, [SIGNED], source="demo"))
    assert len(read_table(tmp_path / "marts/decisions.parquet", fix="x")) == 1
