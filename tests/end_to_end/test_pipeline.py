"""From a simulated CRM's raw export to scores, report and thresholds, by the real command line."""

import json
import random
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.files import read_table, sha256_of, write_table
from leadscore.domain import schemas
from tests.end_to_end.project import (
    edit,
    leadscore,
    leadscore_process,
    project,
    simulated,
    tree,
)
from tests.fakes import utc
from tests.signoffs import approved, propose

pytestmark = pytest.mark.xdist_group("pipeline")

DONE, DONE_WITH_REJECTS = 0, 3
EARLIER = "2026-03-02"
MADE_BY_STAGES = {
    "data/tables": "changes events feedback ingest leads nps outcomes rejected",
    "data/snapshots": "counts features horizons leakage snapshots",
    "models/bundle": "calibration encoder golden grid logistic manifest model scorer typical",
    "models/evidence": "evidence training waiting watched",
    "reports/evaluation": "calibration drift metrics model_card tables",
    "reports/review": "proposal report",
}


@pytest.fixture(scope="session")
def ran(tmp_path_factory):
    """Return a project of 1,200 leads after `leadscore run` in a process of its own, and how it ended."""
    lenient = {"min_gain_probability": "0.5", "min_gain_share": "0.0", "slope_range": "[0.5, 2.0]"}
    root = project(tmp_path_factory.mktemp("ran") / "project", **lenient)
    simulated(root, n_leads=1200)
    return root, leadscore_process(root, "run")


@pytest.fixture
def root(ran, tmp_path):
    """Return a copy of the project that ran."""
    return shutil.copytree(ran[0], tmp_path / "project")


def table(root, name):
    return read_table(root / f"data/tables/{name}.parquet", fix="")


def newest(root, day="*"):
    (folder,) = root.glob(f"data/issued/as_of={day}/run=*")
    return folder


def issued(root, day="*"):
    return read_table(newest(root, day) / "scores.parquet", fix="")


def manifest(root):
    return json.loads((root / "models/bundle/manifest.json").read_text("utf-8"))


def test_a_run_ends_well_says_a_line_for_each_stage_and_warns_of_nothing(ran):
    root, ended = ran
    assert (ended.code, ended.err) == (DONE, "")
    said = [line for line in ended.out.splitlines() if not line.startswith(" ")]
    stages = list(dict.fromkeys(line.split(":")[0] for line in said))
    assert stages == ["ingest", "snapshot", "train", "evaluate", "score", "review"]
    assert "1,200 leads" in ended.out
    assert "train: model leads (all gates passed)" in ended.out


def test_every_output_is_there_and_nothing_else(ran):
    root, _ = ran
    for folder, stems in MADE_BY_STAGES.items():
        found = [p for p in (root / folder).iterdir() if p.suffix != ".png"]
        assert sorted(p.stem for p in found) == stems.split(), folder
    pictures = [p.read_bytes()[:4] for p in (root / "reports/review").glob("*.png")]
    assert set(pictures) == {b"\x89PNG"}
    assert sorted(p.name for p in newest(root).iterdir()) == [
        "MANIFEST.json",
        "crm.csv",
        "scores.parquet",
    ]
    assert [name for name in tree(root) if "/." in f"/{name}"] == []
    assert {p.name for p in root.iterdir()} == {
        "config",
        "data",
        "models",
        "params.yaml",
        "reports",
    }


def test_the_proposal_says_what_it_rests_on(ran):
    root, _ = ran
    proposal = json.loads((root / "reports/review/proposal.json").read_text("utf-8"))
    basis = proposal["basis"]
    for name, file in (
        ("evidence_sha256", "models/evidence/evidence.parquet"),
        ("bundle_sha256", "models/bundle/manifest.json"),
    ):
        assert basis[name] == sha256_of(root / file)
    assert basis["grids"] == {
        "config/grids/combined.yaml": sha256_of(root / "config/grids/combined.yaml")
    }
    assert (basis["source"], basis["decision_id"], basis["quarter"]) == ("demo", "0001", "2026Q2")
    assert basis["opinion"] == manifest(root)["opinion"]
    assert basis["settings"]["thresholds"] == proposal["settings"]


def test_what_is_signed_tiers_the_scores_from_its_day_on(root):
    """A proposal the evidence does not make is made here: which one is no matter of signing."""
    workspace = Workspace(root, root)
    approved(workspace, propose(workspace, hot=90, warm=20), on="2026-06-01")
    for day, decision in (("2026-05-31", "0001"), ("2026-06-28", "0002")):
        shutil.rmtree(root / "data/issued")
        assert leadscore(root, "score", "--as-of", day).code == DONE
        scores = issued(root)
        assert set(scores["decision_id"]) == {decision}
        is_hot = scores["score"] >= (90 if decision == "0002" else 65)
        assert (scores["tier"] == "hot").equals(is_hot)


def test_no_lead_is_lost_between_the_export_and_the_scores(ran):
    root, _ = ran
    raw = len((root / "data/raw/demo/leads.csv").read_text("utf-8").splitlines()) - 1
    refused = (table(root, "rejected")["file"] == "leads.csv").sum()
    assert len(table(root, "leads")) + refused == raw == 1200
    outcomes, scores = table(root, "outcomes"), issued(root)
    still_open = set(outcomes.loc[outcomes["status"] == "open", "lead_id"])
    assert len(outcomes) == 1200
    assert set(scores["lead_id"]) == still_open
    assert len(scores) == len(still_open) > 100
    tiers = scores["tier"].value_counts().to_dict()
    counts = json.loads((newest(root) / "MANIFEST.json").read_text("utf-8"))["counts"]
    assert sum(tiers.values()) == len(scores) == counts["open"] == counts["scored"]
    assert {tier: counts[tier] for tier in tiers} == tiers


def test_tiers_follow_the_thresholds_in_force_and_scores_their_probabilities(ran):
    scores = issued(ran[0])
    awake = scores.loc[scores["tier"] != "cold"]
    expected = np.where(awake["score"] >= 65, "hot", "warm")
    assert awake["tier"].tolist() == expected.tolist()
    assert (awake["score"] >= 50).all()
    inside = scores.loc[scores["score"].between(0.1, 99.9)]
    odds = np.log2(inside["probability"] / (1 - inside["probability"]))
    anchor = inside["score"] - 10 * odds
    np.testing.assert_allclose(anchor, anchor.iloc[0], atol=0.11)  # scores have one digit


def test_scoring_again_touches_nothing(ran):
    root, _ = ran
    before = tree(root), {p: p.stat().st_mtime_ns for p in newest(root).iterdir()}
    ended = leadscore(root, "score")
    assert ended.code == DONE
    first, second = ended.out.splitlines()
    assert first == f"score: {newest(root).relative_to(root)}"
    assert second.startswith("  no champion: the grid scores; `leadscore promote")
    assert (tree(root), {p: p.stat().st_mtime_ns for p in newest(root).iterdir()}) == before


def test_scoring_elsewhere_gives_the_same_bytes(root, ran):
    shutil.rmtree(root / "data/issued")
    assert leadscore(root, "score").code == DONE
    assert tree(newest(root)) == tree(newest(ran[0]))


def scored_early(root, **tables):
    """Replace tables, score as of the earlier Monday, and return scores by lead."""
    for name, changed in tables.items():
        write_table(root / f"data/tables/{name}.parquet", changed)
    shutil.rmtree(root / "data/issued")
    assert leadscore(root, "score", "--as-of", EARLIER).code == DONE
    scores = issued(root, EARLIER)
    assert (scores["as_of"] == utc(EARLIER)).all()
    return scores


def test_a_past_date_scores_as_the_export_of_that_day_would_have(root):
    """Leads that came later, events that came later and closings that came later are not known."""
    today = scored_early(root)
    moment = utc(EARLIER)
    leads, events, outcomes = (table(root, name) for name in ("leads", "events", "outcomes"))
    assert (events["occurred_at"] > moment).sum() > 1000
    was_open = outcomes["closed_at"].isna() | (outcomes["closed_at"] > moment)
    then = outcomes.assign(
        status=outcomes["status"].mask(was_open, "open"),
        closed_at=outcomes["closed_at"].mask(was_open),
        amount=outcomes["amount"].mask(was_open),
        reason=outcomes["reason"].mask(was_open),
    )
    known = leads.loc[leads["created_at"] <= moment]
    back_then = scored_early(
        root,
        leads=known,
        events=events.loc[events["occurred_at"] <= moment],
        outcomes=then.loc[then["lead_id"].isin(known["lead_id"])],
    )
    pd.testing.assert_frame_equal(back_then, today)


@pytest.mark.parametrize(("delay", "changes"), [("1s", False), ("0s", True), ("-1s", True)])
def test_events_after_as_of_change_no_score_and_those_until_it_do(root, delay, changes):
    """Every open lead asks for a demo: a second after the moment, at it, and before."""
    before = scored_early(root)
    asked = pd.DataFrame(
        {
            "lead_id": before["lead_id"],
            "occurred_at": utc(EARLIER) + pd.Timedelta(delay),
            "type": "demo_request",
        }
    )
    events = table(root, "events")
    more = asked.reindex(columns=events.columns).astype(events.dtypes.to_dict())
    both = pd.concat([events, more]).sort_values(["lead_id", "occurred_at"], ignore_index=True)
    after = scored_early(root, events=both)
    assert (after["grid_points"].sum() > before["grid_points"].sum()) == changes
    if not changes:
        pd.testing.assert_frame_equal(after, before)


def test_the_same_seed_gives_the_same_export(ran, tmp_path):
    for seed, same in ((7, True), (8, False)):
        again = tmp_path / str(seed)
        (again / "data").mkdir(parents=True)
        simulated(again, n_leads=1200, seed=seed)
        assert (tree(again / "data/raw/demo") == tree(ran[0] / "data/raw/demo")) == same


def test_the_same_seed_gives_the_same_trees_with_one_thread_and_with_two(root):
    first = tree(root / "models")
    shutil.rmtree(root / "models")
    assert leadscore(root, "train").code == DONE
    assert tree(root / "models") == first
    trees = manifest(root)["trees_sha256"]
    edit(root, threads="2")
    assert leadscore(root, "train").code == DONE
    assert manifest(root)["trees_sha256"] == trees
    edit(root, seed="7")
    assert leadscore(root, "train").code == DONE
    assert manifest(root)["trees_sha256"] != trees


def test_shuffled_rows_of_the_export_give_the_same_trees(root):
    trees = manifest(root)["trees_sha256"]
    for path in (root / "data/raw/demo").glob("*.csv"):
        header, *rows = path.read_text("utf-8").splitlines(keepends=True)
        random.Random(3).shuffle(rows)
        path.write_text("".join([header, *rows]), "utf-8")
    for stage in ("ingest", "snapshot", "train"):
        assert leadscore(root, stage).code == DONE
    assert manifest(root)["trees_sha256"] == trees


def test_the_crm_import_opens_with_the_issued_columns(ran):
    path = newest(ran[0]) / "crm.csv"
    rows = pd.read_csv(path, dtype={"lead_id": str, "decision_id": str})
    scores = issued(ran[0])
    assert rows.columns.tolist() == list(schemas.ISSUED.columns)
    assert rows["lead_id"].tolist() == scores["lead_id"].tolist()
    assert rows["score"].tolist() == scores["score"].tolist()
    assert (rows["probability"] - scores["probability"]).abs().max() <= 0.5e-4
    assert (rows["decision_id"] == "0001").all()
    text = rows.select_dtypes("str")
    assert not text.apply(lambda cells: cells.str.match(r"[=+\-@\t\r]").any()).any()


def test_the_report_asks_nothing_of_the_net(ran):
    page = (ran[0] / "reports/review/report.html").read_text("utf-8")
    elsewhere = r"""(?:https?:|ftp:|//)"""
    for pattern in (
        rf"""(?:src|href|srcset|action|poster)\s*=\s*["']?\s*{elsewhere}""",
        rf"""url\(\s*["']?\s*{elsewhere}""",
        rf"""@import\s*["']?\s*{elsewhere}""",
        rf"""(?:fetch|importScripts|WebSocket|EventSource)\(\s*["'`]{elsewhere}""",
        rf""""url"\s*:\s*"{elsewhere}""",
        r"""<(?:iframe|object|embed|base)\b""",
        r"""<link\b(?![^>]*href="data:)""",
    ):
        assert re.search(pattern, page) is None, pattern
    assert """http-equiv="Content-Security-Policy" content="default-src 'none';""" in page
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")


def test_refused_rows_are_kept_with_file_line_column_value_and_reason(root):
    """Three events that cannot be, written after the last line, and an amount that is no number."""
    events, deals = root / "data/raw/demo/events.csv", root / "data/raw/demo/deals.csv"
    n_events = len(table(root, "events"))
    with events.open("a", encoding="utf-8") as file:
        file.write("L0000001,soon,Page viewed,,\n")
        file.write("L0000001,2026-01-05T10:00:00Z,Page vewed,,\n")
        file.write("L9999999,2026-01-05T10:00:00Z,Page viewed,,\n")
    header, first, *rest = deals.read_text("utf-8").splitlines(keepends=True)
    lead, status, closed, _, reason = first.split(",")
    first = ",".join([lead, status, closed, "much", reason])
    deals.write_text("".join([header, first, *rest]), "utf-8")

    ended = leadscore(root, "ingest")
    assert (ended.code, ended.err) == (DONE_WITH_REJECTS, "")
    assert "4 rows refused" in ended.out
    rejected = table(root, "rejected")
    places = zip(
        rejected["file"], rejected["line"], rejected["column"], rejected["value"], strict=True
    )
    assert list(places) == [
        ("events.csv", n_events + 2, "Time", "soon"),
        ("events.csv", n_events + 3, "Activity", "Page vewed"),
        ("events.csv", n_events + 4, "Lead ID", "L9999999"),
        ("deals.csv", 2, "Amount", "much"),
    ]
    told = ["not a time", "did you mean 'Page viewed'?", "not in the export", "not a number"]
    pairs = zip(told, rejected["reason"], strict=True)
    assert [words for words, reason in pairs if words not in reason] == []
    assert len(table(root, "events")) == n_events
    assert leadscore(root, "ingest", "--rejects-ok").code == DONE
    pd.testing.assert_frame_equal(table(root, "rejected"), rejected)


def test_a_run_goes_on_over_refused_rows(root):
    with (root / "data/raw/demo/events.csv").open("a", encoding="utf-8") as file:
        file.write("L0000001,soon,Page viewed,,\n")
    ended = leadscore(root, "run")
    assert (ended.code, ended.err) == (DONE, "")
    assert "1 rows refused" in ended.out
