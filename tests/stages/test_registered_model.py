"""The registered model through MLflow, on Spark too: the probabilities of the bundle, to the last bit, no pickle."""

import importlib.util
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from leadscore.adapters import tracking
from leadscore.adapters.bundle import write_bundle
from leadscore.adapters.spark_rows import session
from leadscore.scoring.described import golden_rows
from tests.fakes import plain_grid

pytestmark = pytest.mark.long
needs_spark = pytest.mark.skipif(
    importlib.util.find_spec("pyspark") is None or shutil.which("java") is None,
    reason="needs Java 17 and the extra `spark` (uv sync --extra spark)",
)
PICKLED = (".pkl", ".pickle", ".joblib", ".cloudpickle")


@pytest.fixture(scope="module")
def registered(market_trained, tmp_path_factory):
    """Return the address of a registered model, and the folder its files lie in."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in tracking._DEFAULTS.items():
            patch.setenv(name, value)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
        patch.setattr(sys, "path", list(sys.path))
        root = tmp_path_factory.mktemp("registered")
        write_bundle(
            root / "bundle", market_trained.trained.scorer, grid_source=plain_grid(),
            golden=golden_rows(market_trained.trained, market_trained.snapshots), about={},
        )  # fmt: skip
        training = tracking.Training(
            {}, {}, {"bundle_sha256": "a" * 64, "source": "demo"}, root / "bundle", {}, "demo", "t", "d"
        )  # fmt: skip
        logged = tracking.log_training(root, training)
        assert logged.why_not is None
        yield f"models:/{tracking.registered_name('demo')}@challenger", root
        sys.modules["mlflow"].set_tracking_uri(None)


@pytest.fixture
def rows(market_trained):
    return market_trained.snapshots.head(200).reset_index(drop=True)


def test_nothing_of_a_registered_model_is_pickled(registered):
    """What runs is the file of code that was logged; what it reads is the bundle's text."""
    import yaml

    _, root = registered
    (told,) = (root / "mlartifacts").rglob("MLmodel")
    files = [path for path in told.parent.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix in PICKLED]
    flavour = yaml.safe_load(told.read_text("utf-8"))["flavors"]["python_function"]
    assert Path(flavour["model_code_path"]).name == "mlflow_entry.py"
    assert "python_model" not in flavour
    kinds = {path.suffix for path in (told.parent / "artifacts/bundle").iterdir()}
    assert kinds == {".json", ".txt", ".yaml"}


@needs_spark
def test_a_registered_model_scores_alike_on_spark(registered, rows):
    import mlflow
    from pyspark.sql import functions as sql

    address, _ = registered
    here = mlflow.pyfunc.load_model(address).predict(rows)
    spark = session("local[2]")
    scored = mlflow.pyfunc.spark_udf(spark, address, result_type="double", env_manager="local")
    wanted = [name for name in rows if name not in ("as_of", "label", "is_mature")]
    frame = spark.createDataFrame(rows[wanted].assign(place=np.arange(len(rows))))
    asked = frame.repartition(3).select("place", scored(sql.struct(*wanted)).alias("p"))
    there = asked.toArrow().sort_by("place")["p"].to_numpy()
    assert there.tobytes() == np.asarray(here).tobytes()
    assert len(set(there)) > 50
