"""The history benchmark says what it measures: its peers and the kernel give the same cells."""

from importlib.util import find_spec

import pyarrow.parquet as pq
import pytest

from benchmarks.history_agree import differing, sample_of
from benchmarks.history_bars import Figures, bars, disagreements
from benchmarks.history_data import Histories, prepared
from benchmarks.history_jobs import Job, Result, run
from benchmarks.history_peers import PEERS

PRESENT = tuple(name for name in PEERS if name != "polars" or find_spec("polars"))


@pytest.fixture(scope="module")
def histories(tmp_path_factory) -> Histories:
    folder = tmp_path_factory.mktemp("bench") / "history"
    return prepared(folder, n_leads=2_000, sizes=(20_000, 100_000), seed=5)


def test_all_ways_give_the_same_cells(histories, tmp_path):
    sample = sample_of(histories, tmp_path, n_leads=300)
    found = differing(sample, names=PRESENT)
    assert found == dict.fromkeys(["our sort", *PRESENT], 0)


def test_prefixes_are_whole_leads_in_both_orders(histories):
    small, large = histories.prefixes
    assert small.n_leads < large.n_leads == 2_000
    for prefix, i in ((small, 0), (large, 1)):
        by_lead, by_time = (
            pq.read_table(path(i)).to_pandas() for path in (histories.by_lead, histories.by_time)
        )
        assert len(by_lead) == len(by_time) == prefix.n_events
        assert by_lead["lead_id"].is_monotonic_increasing
        assert by_time["occurred_at"].is_monotonic_increasing
    kept = by_lead["lead_id"].isin(pq.read_table(histories.by_lead(0))["lead_id"].to_pylist())
    assert kept.sum() == small.n_events


def test_a_fitting_cache_is_used_again_and_another_one_is_not(histories):
    before = histories.leads.stat().st_mtime_ns
    again = prepared(histories.folder, n_leads=2_000, sizes=(20_000, 100_000), seed=5)
    assert again == histories
    assert histories.leads.stat().st_mtime_ns == before


@pytest.mark.parametrize("columns", ["bar", "declared"])
@pytest.mark.parametrize("also_closed", [False, True])
def test_both_orders_of_a_file_give_the_same_sums(histories, columns, also_closed):
    looks = [
        run(Job("kernel", 1, order=order, columns=columns, also_closed=also_closed), histories)
        for order in ("lead", "time")
    ]
    assert looks[0][0] == looks[1][0] > 1_000
    assert looks[0][1] == pytest.approx(looks[1][1], rel=1e-12)
    assert len(looks[0][1]) == 72 or columns == "declared"


def test_bars_hold_up_to_their_figure_and_not_beyond():
    """Reading takes 2 s: 10 s by lead are 5 x, 24 s by time are 12 x."""
    jobs = {
        Job("limit", 1): 2.0, Job("limit", 1, order="time"): 2.0, Job("kernel", 0): 1.0, Job("kernel", 1): 10.0,
        Job("kernel", 0, order="time"): 2.4, Job("kernel", 1, order="time"): 24.0,
        Job("kernel", 1, columns="declared"): 30.0, Job("duckdb", 0): 15.0,
    }  # fmt: skip
    held = bars(Figures([_result(job, cpu) for job, cpu in jobs.items()]), largest=1, peers=0)
    assert [bar.holds for bar in held] == [True] * 7
    slower = {Job("limit", 1): 1.9, Job("limit", 1, order="time"): 1.9, Job("duckdb", 0): 14.9}
    slower = jobs | slower
    held = bars(Figures([_result(job, cpu) for job, cpu in slower.items()]), largest=1, peers=0)
    assert [bar.holds for bar in held] == [False, False, False, True, True, True, True]


def test_other_sums_are_named():
    one, other = _result(Job("kernel", 0), 1.0), _result(Job("pandas", 0), 1.0)
    other.sums["act_call_count_7d"] = 4.0
    assert disagreements([one, one]) == []
    assert [fault.endswith("differ in act_call_count_7d") for fault in disagreements([one, other])]


def _result(job: Job, cpu: float) -> Result:
    n_events = 10 ** (6 + job.prefix)
    return Result(job, n_events, 0, cpu, cpu, 1_000_000_000, {"act_call_count_7d": 3.0})
