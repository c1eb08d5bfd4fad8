"""Bad inputs 161 to 167 and 185 to 190: quarters that are none, empty or to come, few leads, what they rest on."""

import os
import shutil

import numpy as np
import pandas as pd
import pytest

from leadscore.adapters import issued as partitions
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.params import load_settings
from leadscore.adapters.files import write_table
from leadscore.adapters.quarters import QuarterAsk, review_quarter
from leadscore.cli.pipeline import _refuse_alone
from leadscore.domain.errors import InputError
from leadscore.domain.quarters import Quarter
from leadscore.scoring.issuing import Issue
from leadscore.scoring.whole_night import score_open_leads
from leadscore.stages import review
from tests.bad_inputs import stops
from tests.end_to_end.project import leadscore, project, tree
from tests.fakes import EPOCH, ROOT, scorer_by_grid, utc
from tests.ingested import ingested
from tests.quarters import deals, figure, joined, measure, notes, scores, told
from tests.reports import evidence

MONDAYS = ("2026-03-30", "2026-06-01")  # the world's export ends in the last days of June


@pytest.fixture(scope="module")
def home(world, world_settings, world_until, tmp_path_factory):
    """Return a project that issued scores twice, in two quarters, and never trained."""
    workspace = ingested(tmp_path_factory.mktemp("project"), world, world_until)
    about = Issue(world_settings.thresholds.initial, "0001", "0" * 64, 1, 5.0)
    for day in MONDAYS:
        table, counts = score_open_leads(
            scorer_by_grid(), world, world_settings, shape="events", as_of=utc(day), until=world_until,
            about=about,
        )  # fmt: skip
        inputs = {"as_of": f"{day} 00:00:00+00:00"}
        folder = partitions.partition(workspace.folders["issued"], as_of=utc(day), inputs=inputs)
        partitions.write_partition(folder, table, inputs=inputs, counts=counts)
    return workspace


@pytest.fixture
def copied(home, tmp_path):
    """Return a copy of the project, to be spoilt."""
    return Workspace(shutil.copytree(home.root, tmp_path / "project"), home.config)


def reviewed(home, settings, text):
    return review_quarter(home, settings, QuarterAsk(Quarter.parse(text)))


@pytest.mark.parametrize("text", ["2026-Q5", "2026--Q3", "Q3 2026", "2026Q0", "third quarter", ""])
def test_161_a_text_that_is_no_quarter_stops(home, world_settings, text):
    place = (None, None, "--quarter")
    error = stops("bad-quarter", reviewed, home, world_settings, text, place=place)
    assert repr(text) in str(error)
    assert "2026Q3" in error.fix


def test_162_a_quarter_to_come_stops_and_the_newest_is_told(home, world_settings):
    place = (None, None, "--quarter")
    error = stops("quarter-to-come", reviewed, home, world_settings, "2030Q1", place=place)
    assert "2030-01-01" in str(error)
    assert "ask for 2026Q2" in error.fix


def test_163_a_quarter_without_scores_stops_and_the_dates_there_are_told(home, world_settings):
    error = stops("no-issued-scores", reviewed, home, world_settings, "2025Q3")
    assert "2025Q3" in str(error)
    assert "from 2026-03-30 to 2026-06-01: 2026Q1 (1), 2026Q2 (1)" in str(error)
    assert "--out-of-time" in error.fix
    assert not (home.root / "reports/quarters/2025Q3").exists()


def test_163_where_nothing_was_ever_issued_that_is_told(
    world, world_settings, world_until, tmp_path
):
    new = ingested(tmp_path / "project", world, world_until)
    error = stops("no-issued-scores", reviewed, new, world_settings, "2026Q1")
    assert "there are none at all" in str(error)
    assert not new.folders["marts"].exists()


def test_164_without_a_matured_outcome_the_tables_wait_and_say_until_when(home, world_settings):
    found = reviewed(home, world_settings, "2026Q2")
    counts = found.joined.counts()
    assert counts["matured"] == 0
    assert counts["waiting"] > 50
    assert "No score of 2026Q2 has matured; the first does on 2026-08-30" in found.notes[0]
    rows = found.rows
    assert rows.loc[rows["figure"] == "conversion", "value"].isna().all()
    assert rows.loc[rows["figure"] == "expected_conversion", "value"].notna().any()


def test_165_a_tier_of_three_leads_is_too_few_and_no_number():
    ids = [f"L{i:02d}" for i in range(43)]
    lost = deals(
        "lead_id | status | closed_at\n" + "\n".join(f"{i} | lost | 2026-02-01" for i in ids)
    )
    text = "\n".join(f"{lead} | 2026-01-05 | {80 if i < 3 else 30}" for i, lead in enumerate(ids))
    both = joined(scores(f"lead_id | as_of | score\n{text}"), lost)
    quarter = told(both, measured=measure(min_leads=30))
    hot, cold = (figure(quarter, "conversion", "tier", tier) for tier in ("hot", "cold"))
    assert np.isnan([hot["value"], hot["low"], hot["high"]]).all()
    assert (hot["n_leads"], hot["why_no_interval"]) == (3, "too few: 3 leads, 30 needed")
    assert (cold["n_leads"], cold["value"]) == (40, 0)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("win_value_eur: 6000", "win_value_eur: -6000", "win_value_eur: must be greater than 0"),
        ("call_cost_eur: 600 ", "call_cost_eur: -1 ", "call_cost_eur: must be greater than 0"),
        ("  nurture_cost_eur: 240 ", "  # ", "nurture_cost_eur: key missing"),
        ("stuck_days: 30", "stuck_days: 0", "stuck_days: must be greater than or equal to 1"),
    ],
)
def test_166_costs_missing_or_negative_stop(tmp_path, old, new, words):
    text = (ROOT / "params.yaml").read_text("utf-8")
    assert text.count(old) == 1
    (tmp_path / "params.yaml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(InputError) as stopped:
        load_settings(tmp_path / "params.yaml")
    assert stopped.value.code == "bad-settings"
    assert words in str(stopped.value)


def test_166_amounts_missing_or_negative_are_counted_apart():
    won = deals(
        """
        lead_id | status | closed_at  | amount
        a       | won    | 2026-02-01 | 100
        b       | won    | 2026-02-01 | 300
        c       | won    | 2026-02-01 | -50
        d       | won    | 2026-02-01 |
        e       | won    | 2026-02-01 | 0
        """
    )
    text = "\n".join(f"{lead} | 2026-01-05 | 80" for lead in "abcde")
    quarter = told(joined(scores(f"lead_id | as_of | score\n{text}"), won))
    sum_of_hot = figure(quarter, "amount_total", "tier", "hot")
    assert (sum_of_hot["value"], sum_of_hot["n_counted"]) == (400, 3)
    assert notes(quarter, "value") == (
        "Left out: 1 won leads without an amount and 1 won leads with an amount below 0.",
        "1 won leads have an amount of 0, which is counted.",
    )


def test_167_a_source_without_dates_has_no_quarters(world, world_settings, tmp_path):
    undated = ingested(tmp_path / "project", world, None)
    error = stops("no-dates", reviewed, undated, world_settings, "2026Q1")
    assert "without --quarter" in error.fix
    assert pd.isna(undated.observed_until())


def test_185_out_of_time_without_a_quarter_stops_and_nothing_is_written(tmp_path):
    root = project(tmp_path / "project")
    before = tree(root)
    ended = leadscore(root, "review", "--out-of-time")
    assert (ended.code, ended.out) == (2, "")
    assert "--out-of-time option-alone: " in ended.err
    assert "add --quarter 2026Q3" in ended.err
    assert tree(root) == before
    assert stops("option-alone", _refuse_alone, True).column == "--out-of-time"


def test_186_a_quarter_the_training_had_seen_or_never_looked_at_stops(home, world_settings, copied):
    looks = evidence().assign(as_of=lambda table: table["as_of"] + (utc("2025-05-01") - EPOCH))
    for name, rows in (("evidence", looks), ("waiting", looks.iloc[:0])):
        copied.folders["evidence"].mkdir(parents=True, exist_ok=True)
        write_table(copied.file("evidence", f"{name}.parquet"), rows)
    ask = QuarterAsk(Quarter(2026, 1), is_out_of_time=True)
    error = stops("no-issued-scores", review_quarter, copied, world_settings, ask)
    assert "no looks that the training had not seen in 2026Q1; there are some from 2025-" in str(
        error
    )
    assert "--out-of-time" not in error.fix


def test_187_a_quarter_before_there_was_a_training_stops_and_no_mart_is_written(
    home, world_settings
):
    for is_out_of_time in (False, True):
        ask = QuarterAsk(Quarter(2026, 1), is_out_of_time)
        error = stops("missing-file", review.run, home, world_settings, quarter=ask)
        assert "leadscore" in error.fix
    assert not (home.root / "reports/quarters").exists()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("scores.parquet", b"", "issued-damaged"),
        ("MANIFEST.json", b"{}", "issued-damaged"),
        ("MANIFEST.json", b"[]", "issued-damaged"),
        ("MANIFEST.json", b'{"inputs": {"as_of": "some Monday"}}', "issued-damaged"),
        ("MANIFEST.json", b'{"inputs": {"as_of": "2026-03-30"}, "order": "2nd"}', "issued-damaged"),
        ("MANIFEST.json", b"{", "bad-json"),
    ],
)
def test_188_issued_scores_that_were_damaged_stop(copied, world_settings, name, content, code):
    (folder,) = copied.root.glob(f"data/issued/as_of={MONDAYS[0]}/run=*")
    (folder / name).write_bytes(content)
    place = (str(folder / name), None, None)
    error = stops(code, reviewed, copied, world_settings, "2026Q1", place=place)
    assert "leadscore score" in error.fix


def test_189_marts_changed_by_hand_stop_and_stay(copied, world_settings):
    reviewed(copied, world_settings, "2026Q1")
    path = copied.file("marts", "inactivity.parquet")
    pd.read_parquet(path).drop(columns="from_days").to_parquet(path)
    before = tree(copied.folders["marts"])
    error = stops("bad-table", reviewed, copied, world_settings, "2026Q2")
    assert "data/marts" in error.fix
    assert tree(copied.folders["marts"]) == before


def test_190_of_several_runs_of_a_moment_the_last_issued_counts_and_the_others_are_told(
    copied, world_settings
):
    """Copied, unpacked or touched folders have other times; the manifest's order stays."""
    (first,) = copied.root.glob(f"data/issued/as_of={MONDAYS[0]}/run=*")
    inputs = partitions.inputs_of(first) | {"decision_id": "0002"}
    table = partitions.read_partition(first)
    second = partitions.partition(copied.folders["issued"], as_of=utc(MONDAYS[0]), inputs=inputs)
    partitions.write_partition(second, table.assign(score=7.0), inputs=inputs, counts={})
    for seconds, folder in enumerate((second, first), start=1):
        os.utime(folder / "MANIFEST.json", (seconds, seconds))
    found = reviewed(copied, world_settings, "2026Q1")
    assert (found.joined.first["score"] == 7.0).all()
    assert found.notes[0].startswith("1 runs for a moment that was scored again later are left out")
