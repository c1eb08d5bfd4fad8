"""What MLflow runs to serve a registered bundle (models from code): snapshots or a form's leads in.

The nightly job never comes through here: it reads the bundle's text itself, hashes first.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

from leadscore.adapters.bundle import read_bundle
from leadscore.adapters.form_hook import Form, answered
from leadscore.domain.errors import InputError, LeadscoreError


class RefusedError(MlflowException):
    """A request that is answered 400 with one line. MLflow would put the request's rows before it: persons' data."""

    def __init__(self, error: LeadscoreError) -> None:
        self._line = str(error)
        super().__init__(self._line, error_code=INVALID_PARAMETER_VALUE)

    @property
    def message(self) -> str:
        """The error's own line, whatever is put in its place."""
        return self._line

    @message.setter
    def message(self, told: str) -> None:
        del told


class BundleModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]  # mlflow types neither
    """A registered bundle.

    Input: a frame with the snapshots' feature columns and `grid_points`. Output: the probability of
    a win within the horizon by the opinion that leads, float64[n_rows].

    Or input: a frame of leads as `form_hook.answered` takes them. Output: its columns.
    """

    def load_context(self, context: Any) -> None:
        """Read the bundle, hashes first, and what leads of a form are read by, if it was registered."""
        self.bundle = read_bundle(Path(context.artifacts["bundle"]))
        form = context.artifacts.get("form")
        plain = None if form is None else json.loads(Path(form).read_text(encoding="utf-8"))
        self.form = None if plain is None else Form.from_dict(plain)

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> Any:
        """Return probabilities of snapshots, or the answer to a form."""
        del context, params
        if "grid_points" in model_input:
            points = np.asarray(model_input["grid_points"], dtype=np.float64)
            return self.bundle.scorer.probability(model_input, points)
        try:
            return self._answered(model_input)
        except LeadscoreError as error:
            raise RefusedError(error) from None

    def _answered(self, rows: pd.DataFrame) -> list[Any]:
        if self.form is None:
            why = "this version was registered without what a form's leads are read by"
            raise InputError("form-unknown", why, fix="`leadscore retrain` registers one with it")
        answers = answered(self.bundle, self.form, rows).astype(object)
        told: list[Any] = answers.where(answers.notna(), None).to_dict(orient="records")
        return told


mlflow.models.set_model(BundleModel())
