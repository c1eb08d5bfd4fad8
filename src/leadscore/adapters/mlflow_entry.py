"""What MLflow runs to serve a registered bundle (models from code): snapshots in, probabilities out.

The nightly job never comes through here: it reads the bundle's text itself, hashes first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd

from leadscore.adapters.bundle import read_bundle


class BundleModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]  # mlflow types neither
    """A registered bundle.

    Input: a frame with the snapshots' feature columns and `grid_points`. Output: the probability of
    a win within the horizon by the opinion that leads, float64[n_rows].
    """

    def load_context(self, context: Any) -> None:
        """Read the bundle, hashes first."""
        self.scorer = read_bundle(Path(context.artifacts["bundle"])).scorer

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> Any:
        """Return probabilities of the rows."""
        del context, params
        points = np.asarray(model_input["grid_points"], dtype=np.float64)
        return self.scorer.probability(model_input, points)


mlflow.models.set_model(BundleModel())
