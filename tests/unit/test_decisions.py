"""Which thresholds are in force: the signed decisions of a file, or the settings' initial ones."""

import pandas as pd
import pytest

from leadscore.adapters.decisions import decision_in_force
from leadscore.domain.errors import InputError
from tests.fakes import settings, utc

FIRST = """
  - id: "0001"
    decided_on: "2026-01-01"
    by: tester
    source: demo
    hot: 70
    warm: 55
    anchor_probability: null
    reason: first
    proposal_sha256: null
"""
SECOND = FIRST.replace("0001", "0002").replace("2026-01-01", "2026-04-01").replace("70", "72.5")


def write(root, text):
    (root / "config").mkdir()
    (root / "config/decisions.yaml").write_text(text, encoding="utf-8")


def in_force(root, as_of, **changes):
    return decision_in_force(root, settings(**changes), as_of=as_of)


def test_without_a_file_the_initial_thresholds_hold(tmp_path):
    decision = in_force(tmp_path, utc("2026-02-01"))
    assert (decision.id, decision.hot, decision.warm) == ("0000", 65, 50)


def test_the_last_decision_of_the_day_holds(tmp_path):
    write(tmp_path, "decisions:" + FIRST + SECOND)
    assert in_force(tmp_path, utc("2026-03-31 23:59")).id == "0001"
    assert in_force(tmp_path, utc("2026-04-01 00:00")).id == "0002"
    assert in_force(tmp_path, utc("2025-12-31")).id == "0000"


@pytest.mark.parametrize("no_moment", [None, pd.NaT])
def test_without_a_moment_the_last_of_all_holds(tmp_path, no_moment):
    write(tmp_path, "decisions:" + FIRST + SECOND)
    assert in_force(tmp_path, no_moment).hot == 72.5


def test_decisions_of_another_source_do_not_count(tmp_path):
    write(tmp_path, "decisions:" + FIRST)
    other = {"name": "maven_crm", "raw_dir": "x"}
    assert in_force(tmp_path, utc("2026-02-01"), source=other).id == "0000"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("decisions:" + FIRST.replace("hot: 70", "hot: 50"), "hot"),
        ("decisions:" + SECOND + FIRST, "ascend"),
        ("decisions:" + FIRST.replace("by:", "bye:"), "bye"),
        ("decisions:" + FIRST.replace("by: tester", 'by: ""'), "by"),
        ("decisions:" + FIRST.replace('"2026-01-01"', '"1 January"'), "decided_on"),
        ("", ""),
        ("decisions: 3", "list"),
        ("decisions: [", ""),
    ],
)
def test_a_file_that_is_no_list_of_decisions_is_refused_with_its_place(tmp_path, text, said):
    write(tmp_path, text)
    with pytest.raises(InputError) as refused:
        in_force(tmp_path, None)
    assert "decisions.yaml" in str(refused.value)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
