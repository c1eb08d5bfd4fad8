"""`leadscore explain` at the command line: what is told is what was issued, and nothing else is written."""

import re
import shutil

import pandas as pd
import pytest

from leadscore.adapters.files import read_table
from tests.end_to_end.project import leadscore, project, simulated, tree

SIGNED = ("--by", "Ann", "--reason", "a test")
LENIENT = {"min_gain_probability": "0.5", "min_gain_share": "0.0", "slope_range": "[0.5, 2.0]"}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Return a project that trained, and scored on two dates: by the grid, then by the champion if the gates let it."""
    root = project(tmp_path_factory.mktemp("project") / "here", **LENIENT)
    simulated(root, n_leads=900)
    for verb in ("ingest", "snapshot", "train", "evaluate"):
        assert leadscore(root, verb).code == 0
    assert leadscore(root, "score", "--as-of", "2026-06-08").code == 0
    leadscore(root, "promote", *SIGNED)
    assert leadscore(root, "score", "--as-of", "2026-06-15").code == 0
    return root


@pytest.fixture(scope="module")
def issued(ran):
    """Return the scores of the second date."""
    (folder,) = ran.glob("data/issued/as_of=2026-06-15/run=*")
    return read_table(folder / "scores.parquet", fix="").set_index("lead_id")


def explained(root, lead, *options):
    """Return what an explanation that ends well prints, spaces single; the project stays as it is."""
    before = tree(root)
    ended = leadscore(root, "explain", lead, *options)
    assert (ended.code, ended.err) == (0, "")
    assert tree(root) == before
    return " ".join(ended.out.split())


def test_what_is_told_is_what_was_issued(ran, issued):
    for lead, row in list(issued.iloc[:: len(issued) // 4].iterrows()):
        said = explained(ran, lead, "--as-of", "2026-06-15")
        assert f"Lead {lead}: {row['score']:.1f}, {row['tier']} by the " in said
        if pd.notna(row["probability"]):
            assert f"chance of a win {row['probability']:.1%}" in said
        for reason in (
            (row["reasons_for"] or "").split("; ") if pd.notna(row["reasons_for"]) else []
        ):
            assert reason.rpartition(" (")[0].split(":")[0] in said
        assert f"{row['score']:.1f} on 2026-06-15" in said
        assert f"bundle {row['bundle_sha256'][:12]}" in said


def test_an_earlier_date_knows_nothing_of_the_later_one(ran, issued):
    (folder,) = ran.glob("data/issued/as_of=2026-06-08/run=*")
    both = issued.index.intersection(read_table(folder / "scores.parquet", fix="")["lead_id"])
    said = explained(ran, both[0], "--as-of", "2026-06-08")
    assert "2026-06-15" not in said


def test_the_card_is_written_where_asked_and_in_the_language_asked(ran, issued, tmp_path):
    lead = issued.index[0]
    card = tmp_path / "card.html"
    said = explained(ran, lead, "--as-of", "2026-06-15", "--html", str(card), "--language", "fr")
    assert "holds a lead's data" in said
    page = card.read_text("utf-8")
    assert '<html lang="fr">' in page
    assert f"{issued.loc[lead, 'score']:.1f}".replace(".", ",") in page
    assert [path.name for path in tmp_path.iterdir()] == ["card.html"]


def test_counterfactuals_of_the_command_raise_and_lower(ran, issued):
    lead = issued.loc[issued["tier"] == "cold"].index[0]
    said = explained(ran, lead, "--as-of", "2026-06-15")
    moves = re.findall(r"([▲▼]) (.+?) (\d+\.\d) ([+−]\d+\.\d) (hot|warm|cold)", said)
    assert moves
    score = issued.loc[lead, "score"]
    for mark, _, after, points, _ in moves:
        assert (mark == "▲") == points.startswith("+")
        assert round(float(after) - score, 1) == float(points.replace("−", "-"))


def test_what_cannot_be_explained_is_one_line_and_no_card(ran, tmp_path):
    card = tmp_path / "card.html"
    ended = leadscore(ran, "explain", "L0000000x", "--html", str(card))
    assert (ended.code, ended.out) == (2, "")
    assert re.fullmatch(r"leadscore: \S+ unknown-lead: .+\n", ended.err)
    assert not card.exists()


def test_a_project_without_anything_says_what_to_run_first(tmp_path):
    root = project(tmp_path / "bare")
    ended = leadscore(root, "explain", "L1")
    assert (ended.code, ended.out) == (2, "")
    assert "missing-file" in ended.err
    assert "leadscore ingest" in ended.err
    shutil.rmtree(root)
