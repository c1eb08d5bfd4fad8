"""The snapshot stage on Spark gives the very table of one process: same rows, same bits, same counts."""

import importlib.util
import json
import shutil

import pandas as pd
import pytest

from leadscore.adapters.spark_rows import SparkAsk, session
from leadscore.domain.errors import InputError
from leadscore.stages import snapshot
from tests.ingested import ingested

NAMES = ["features", "leakage", "counts", "horizons"]
needs_spark = pytest.mark.skipif(
    importlib.util.find_spec("pyspark") is None or shutil.which("java") is None,
    reason="needs Java 17 and the extra `spark` (uv sync --extra spark)",
)


def table_of(workspace):
    rows = workspace.table("snapshots", "snapshots")
    return rows.sort_values(["lead_id", "order"], ignore_index=True)


@needs_spark
def test_spark_and_one_process_take_the_same_snapshots(
    world, world_until, world_settings, tmp_path
):
    here = ingested(tmp_path / "here", world, world_until)
    there = ingested(tmp_path / "there", world, world_until)
    snapshot.run(here, world_settings)
    snapshot.run(there, world_settings, spark=SparkAsk("local[2]", partitions=3))
    pd.testing.assert_frame_equal(table_of(there), table_of(here), check_exact=True)
    for name in NAMES:
        assert there.json("snapshots", name) == here.json("snapshots", name)


@needs_spark
def test_a_source_without_events_gets_no_features_of_events_on_spark_either(
    world, world_until, world_settings, tmp_path
):
    """Nobody knows what such leads did: that is not the same as their having done nothing."""
    taken = []
    for name, spark in (("here", None), ("there", SparkAsk("local[2]", partitions=2))):
        workspace = ingested(tmp_path / name, world, world_until)
        told = workspace.file("tables", "ingest.json")
        plain = json.loads(told.read_text("utf-8"))
        told.write_text(json.dumps(plain | {"shape": "dated"}), "utf-8")
        snapshot.run(workspace, world_settings, spark=spark)
        taken.append(table_of(workspace))
    pd.testing.assert_frame_equal(taken[1], taken[0], check_exact=True)
    assert not [name for name in taken[0] if name.startswith("act_")]


def test_without_pyspark_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyspark", None)
    monkeypatch.setitem(__import__("sys").modules, "pyspark.errors", None)
    with pytest.raises(
        InputError, match=r"no-spark: PySpark is not installed .* uv sync --extra spark"
    ):
        session("local[2]")
