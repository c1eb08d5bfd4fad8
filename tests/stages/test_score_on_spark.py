"""A night scored on Spark is the very night of one process: the same files, byte for byte."""

import importlib.util
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from benchmarks.registry_kills import small
from leadscore.adapters import spark_scores
from leadscore.adapters.bundle import read_bundle
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.decisions import decision_in_force
from leadscore.adapters.nights import Night
from leadscore.adapters.registry.serving import Serving
from leadscore.adapters.spark_rows import SparkAsk
from leadscore.domain.errors import GateError, InputError
from leadscore.scoring.nightly import Piece
from leadscore.stages import score
from tests.fakes import ROOT
from tests.nights import content_of, ready

needs_spark = pytest.mark.skipif(
    importlib.util.find_spec("pyspark") is None or shutil.which("java") is None,
    reason="needs Java 17 and the extra `spark` (uv sync --extra spark)",
)
ASK = SparkAsk("local[2]", partitions=3)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return ready(tmp_path_factory.mktemp("spark") / "home")


def copy_of(home, place):
    shutil.copytree(home, place)
    return Workspace(place, ROOT)


@needs_spark
def test_a_model_issues_the_same_bytes_on_spark(home, tmp_path):
    """Scores, reasons, CRM import and manifest. The model leads whatever its gates said of so few leads."""
    issued = []
    for name, spark in (("here", None), ("there", ASK)):
        workspace = copy_of(home, tmp_path / name)
        moment = workspace.observed_until()
        decision = decision_in_force(workspace.config, small(), as_of=moment)
        bundle = read_bundle(workspace.folders["bundle"])
        leading = replace(bundle, scorer=replace(bundle.scorer, opinion="model"))
        night = Night(workspace, small(), moment, decision, spark=spark)
        issued.append(night.issue(Serving(leading, None), is_forced=True))
    here, there = (content_of(tmp_path / name) for name in ("here", "there"))
    assert there == here
    assert {Path(name).name for name in here} == {"scores.parquet", "crm.csv", "MANIFEST.json"}
    scores = pd.read_parquet(issued[1] / "scores.parquet")
    assert set(scores["opinion"]) == {"model"}
    assert scores["probability"].nunique() > 50
    assert scores["reasons_for"].nunique() > 50
    assert len(set(scores["trend"])) > 1


@needs_spark
def test_champion_and_challenger_are_both_scored_on_spark(home, tmp_path):
    """Two bundles travel in one session; five files: three of the champion, two of its shadow."""
    here, there = copy_of(home, tmp_path / "here"), copy_of(home, tmp_path / "there")
    score.run(here, small())
    score.run(there, small(), spark=ASK)
    assert content_of(there.root) == content_of(here.root)
    assert len(content_of(there.root)) == 5


@needs_spark
def test_without_a_champion_the_grid_scores_the_same_bytes_on_spark(home, tmp_path):
    """The bundle that travels has a model all the same; who leads is told beside it."""
    here, there = copy_of(home, tmp_path / "here"), copy_of(home, tmp_path / "there")
    for workspace in (here, there):
        shutil.rmtree(workspace.root / "config")
    issued = score.run(here, small())
    score.run(there, small(), spark=SparkAsk("local[2]", partitions=1))
    assert content_of(there.root) == content_of(here.root)
    assert set(pd.read_parquet(issued / "scores.parquet")["opinion"]) <= {"grid", "base_rate"}


@needs_spark
def test_a_bundle_that_arrives_with_other_bytes_is_refused_by_the_worker(
    home, tmp_path, monkeypatch
):
    archived = spark_scores._archived

    def damaged(bundle):
        whole = archived(bundle)
        other = tmp_path / "damaged.zip"
        with zipfile.ZipFile(whole) as read, zipfile.ZipFile(other, "w") as packing:
            for name in read.namelist():
                content = read.read(name)
                packing.writestr(name, content + b"\n" * (name == "model.txt"))
        return other

    monkeypatch.setattr(spark_scores, "_archived", damaged)
    workspace = copy_of(home, tmp_path / "home")
    with pytest.raises(InputError, match=r"model\.txt bundle-damaged: sha256 differs"):
        score.run(workspace, small(), spark=ASK)
    assert not content_of(workspace.root)


@needs_spark
def test_what_spark_itself_refuses_is_one_line(home, tmp_path):
    workspace = copy_of(home, tmp_path / "home")
    lost = SparkAsk("local[2]", partitions=2, tables=str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match=r"^spark-failed: .*nowhere") as stopped:
        score.run(workspace, small(), spark=lost)
    assert "\n" not in str(stopped.value)
    assert not content_of(workspace.root)


def test_a_piece_comes_back_as_it_was_to_the_last_bit():
    """Awkward floats, missing texts, times and words that Arrow might turn into something else."""
    issued = pd.DataFrame(
        {
            "lead_id": pd.Series(["a", "é"], dtype="str"),
            "as_of": pd.to_datetime(["2026-03-02", None], utc=True).as_unit("us"),
            "score": [-0.0, 0.1 + 0.2],
            "probability": [float("nan"), 5e-324],
            "reasons_for": pd.Series([None, "x (+1)"], dtype="str"),
        }
    )
    kept = pd.DataFrame({"lead_n": [1, 2], "lead_is": [True, False]})
    made = pa.Table.from_batches([spark_scores.packed(Piece(issued, kept, ["é"]))])
    (piece,) = spark_scores.unpacked(made)
    pd.testing.assert_frame_equal(piece.issued, issued, check_exact=True)
    assert piece.issued["score"].to_numpy().tobytes() == issued["score"].to_numpy().tobytes()
    pd.testing.assert_frame_equal(piece.kept, kept)
    assert piece.never == ["é"]


def test_a_workers_fault_is_raised_as_what_it_was():
    """Of two faults the same one is told each time, whichever task ended first."""
    one = GateError("other-unit", "b", file="f", row=3, column="c", fix="mend it")
    two = GateError("other-unit", "a")
    rows = [spark_scores.packed_fault(error) for error in (one, two)]
    for batches in (rows, rows[::-1]):
        with pytest.raises(GateError) as stopped:
            spark_scores.unpacked(pa.Table.from_batches(batches))
        assert stopped.value.message == "a"
    with pytest.raises(GateError) as stopped:
        spark_scores.unpacked(pa.Table.from_batches(rows[:1]))
    assert str(stopped.value) == str(one)
