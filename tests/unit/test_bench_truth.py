"""The proof on the demo: what it holds the window against, on windows made to pass and to fail."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.demo_truth import lines
from tests.fakes import settings


def window(stretch, n=6_000):
    """Return looks of two quarters whose promised log-odds are the true ones times `stretch`."""
    draw = np.random.default_rng(5)
    z = draw.normal(-1, 1, n)
    as_of = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(np.arange(n) % 180, unit="D")
    return pd.DataFrame({
        "lead_id": [f"L{i}" for i in range(n)],
        "as_of": as_of,
        "label": (draw.random(n) < 1 / (1 + np.exp(-z))).astype(float),
        "p_issued": 1 / (1 + np.exp(-z * stretch)),
    })  # fmt: skip


@pytest.mark.parametrize(("stretch", "holds"), [(1.0, True), (1.5, False)])
def test_slopes_of_two_quarters_and_the_estimate_pass_or_fail(stretch, holds):
    told = lines("a market", window(stretch), settings())
    assert [each for each, _ in told] == [holds] * 3
    words = [text for _, text in told]
    assert words[0].startswith("a market, 2026Q1: calibration slope ")
    assert words[1].startswith("a market, 2026Q2: calibration slope ")
    assert words[2].endswith("bar 0.02")
