"""The scorer's benchmark: bars that can fail, growth, and a clock that counts nothing twice."""

from __future__ import annotations

import dataclasses
import time

import pyarrow as pa
import pytest

from benchmarks.scorer.nights import STEPS, Night, _Clock
from benchmarks.scorer.page import bars, exponent, page
from benchmarks.scorer.sums import Sums
from benchmarks.scorer.trees import Compared, Rate
from benchmarks.scorer.workspace import _all_open, _turns

RATES = tuple(
    Rate(way, rows, 1_000)
    for way, rows in (
        ("our reasons", 20_000.0),
        ("our reasons, float32", 21_000.0),
        ("pred_contrib", 400.0),
        ("shap.TreeExplainer", 390.0),
        ("our prediction", 120_000.0),
        ("LightGBM predict", 30_000.0),
    )
)
ONE = Compared("numeric", RATES, 1e-14, 1e-8, True, 1.5, 200_000_000)
SUMS = Sums(100_000, 1e-12, 1e-11, 0.01)


def night(n_leads, cpu, rss=1_000_000_000):
    return Night(n_leads, 20 * n_leads, cpu, cpu, rss, dict.fromkeys(STEPS, 1.0), 1, 0.05)


GROWING = [night(1_000, 5.0), night(101_000, 15.0), night(1_001_000, 105.0)]


def test_what_holds_passes():
    assert all(holds for holds, _ in bars([ONE], [*GROWING, night(1_000_000, 105.0)], SUMS))


@pytest.mark.parametrize(
    ("trees", "nights", "sums", "what"),
    [
        ({"apart": 1e-11}, [], SUMS, "contributions at most 1.0e-11"),
        ({"same_bits": False}, [], SUMS, "last bit"),
        ({"kind": "categorical", "rates": (Rate("our reasons", 11_000.0, 1), *RATES[1:])}, [], SUMS, "28 times"),
        ({}, [night(1_000_000, 181.0)], SUMS, "181 CPU seconds"),
        ({}, [night(1_000_000, 100.0, 3_100_000_000)], SUMS, "3.10 GB"),
        ({}, [night(1_000, 5.0), night(101_000, 15.0), night(1_001_000, 155.0)], SUMS, "power 1.176"),
        ({}, [], dataclasses.replace(SUMS, apart=1e-8), "add up to the blend within 1.0e-08"),
    ],
)  # fmt: skip
def test_what_does_not_hold_fails(trees, nights, sums, what):
    failed = [
        words
        for holds, words in bars([dataclasses.replace(ONE, **trees)], nights, sums)
        if not holds
    ]
    assert len(failed) == 1
    assert what in failed[0]


def test_growth_is_told_beside_what_the_smallest_night_costs_anyway():
    assert exponent(GROWING) == pytest.approx(1.0)
    assert exponent(GROWING[:2]) is None


def test_the_page_has_every_way_and_every_step():
    told = page([ONE], GROWING, SUMS, ["PASS  something"], "a day")
    for words in (
        "our reasons, float32",
        "| shap.TreeExplainer |",
        "1,001,000 leads",
        "Measured on a day",
        *STEPS,
    ):
        assert words in told
    assert "| numeric | our reasons | 20,000 | 1,000 | 50.0 |" in told
    assert "| numeric | our prediction | 120,000 | 1,000 | 4.0 |" in told


def test_inner_steps_are_not_counted_twice():
    clock = _Clock()
    begin = time.process_time()
    with clock.step("reasons in words"):
        _burn(0.02)
        with clock.step("put in order, write and publish"):
            _burn(0.04)
    whole = time.process_time() - begin
    inner, outer = (
        clock.seconds["put in order, write and publish"],
        clock.seconds["reasons in words"],
    )
    assert inner >= 0.04
    assert 0.02 <= outer <= whole - inner + 1e-3


def _burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_leads_are_repeated_until_there_are_enough():
    ids = pa.chunked_array([["a", "b", "c"]])
    assert list(_turns(ids, 7)) == [("0000", None), ("0001", None), ("0002", "a")]
    assert list(_turns(ids, 3)) == [("0000", None)]


def test_all_leads_are_open():
    table = pa.table(
        {"lead_id": ["a"], "status": ["won"], "closed_at": pa.array([3], pa.timestamp("us", "UTC"))}
    )
    told = _all_open(table).to_pydict()
    assert (told["status"], told["closed_at"]) == (["open"], [None])
