"""The numbers that DVC and MLflow keep of a training: nested by opinion, finite, with the gap."""

import pandas as pd

from leadscore.review.headline import headline

NAN = float("nan")
FIGURES = pd.DataFrame(
    [
        {"opinion": "model", "metric": "log_loss", "value": 0.2, "low": 0.1, "high": 0.3, "n": 50, "n_won": 9},
        {"opinion": "grid", "metric": "log_loss", "value": 0.4, "low": NAN, "high": NAN, "n": 50, "n_won": 9},
    ]
)  # fmt: skip
GAPS = pd.DataFrame(
    [{"a": "model", "b": "grid", "metric": "log_loss", "value": -0.2, "low": -0.3, "high": -0.1, "p_a_better": 1.0}]
)  # fmt: skip


def test_each_opinion_has_its_figures_and_the_gap_its_own():
    told = headline(FIGURES, GAPS)
    assert told["model"]["log_loss"] == {"value": 0.2, "low": 0.1, "high": 0.3}
    assert told["model_minus_grid"]["log_loss"]["p_better"] == 1.0
    assert (told["leads"], told["won"]) == (50, 9)


def test_what_is_not_defined_is_left_out_and_not_written_as_a_number():
    assert headline(FIGURES, GAPS)["grid"]["log_loss"] == {"value": 0.4}
