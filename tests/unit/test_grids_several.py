"""Several grids: each lead has the points of the first grid that serves it, and of no other."""

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.errors import InputError
from leadscore.scoring.grid import evaluate
from leadscore.scoring.grid.several import Grids, score_each, serving, together
from tests.unit.test_grid import grid, rule

BIG = {"property": "employees", "at_least": 100}
LEADS = pd.DataFrame(
    {
        "product": pd.Series(["cloud", "cloud", "tools", None], dtype="str"),
        "employees": [500.0, 5.0, 500.0, 500.0],
    }
)
FOR_CLOUD = grid(
    rule("size", when=BIG, points=30, group="fit"),
    rule("any", when={"property": "employees", "missing": False}, points=5, group="fit"),
    grid="cloud",
    serves={"property": "product", "equals": "cloud"},
)
STOP = {key: value for key, value in rule("small", when={"property": "employees", "at_most": 9}).items()
        if key not in ("group", "points")}  # fmt: skip
FOR_ALL = grid(rule("size", when=BIG, points=10, group="fit"), grid="all", disqualifiers=[STOP])
BOTH = Grids((FOR_CLOUD, FOR_ALL))


def test_each_lead_is_scored_by_the_first_grid_that_serves_it():
    score = score_each(BOTH, LEADS)
    assert serving(BOTH, LEADS).tolist() == [0, 0, 1, 1]  # a missing product is served by the last
    assert score.points.tolist() == [35, 5, 10, 10]
    assert score.cell.tolist() == ["A3", "C3", "B3", "B3"]
    assert score.disqualified.tolist() == [False] * 4  # the small one is not served by `all`


def test_the_trace_names_grid_and_rule_and_is_empty_where_another_grid_serves():
    score = score_each(BOTH, LEADS)
    assert score.rule_ids == ("cloud.size", "cloud.any", "all.size")
    assert score.trace.tolist() == [[30, 5, 0], [0, 5, 0], [0, 0, 10], [0, 0, 10]]
    assert [r.id for r in BOTH.rules] == list(score.rule_ids)
    assert score.disqualifier_ids == ("all.small",)
    assert not score.stopped_by.any()


def test_one_grid_alone_is_itself():
    assert together([FOR_ALL]) is FOR_ALL
    one, plain = score_each(FOR_ALL, LEADS), evaluate(FOR_ALL, LEADS)
    assert one.points.tolist() == plain.points.tolist()
    assert one.rule_ids == ("size",)
    assert np.array_equal(one.trace, plain.trace)


def test_what_a_grid_cannot_judge_is_named_with_the_grid():
    blind = grid(rule("title", when={"property": "job", "equals": "x"}), grid="blind",
                 serves={"property": "product", "equals": "tools"})  # fmt: skip
    score = score_each(Grids((blind, FOR_ALL)), LEADS)
    assert score.not_evaluable == {"blind.title": ("job",)}


@pytest.mark.parametrize(
    ("grids", "told"),
    [
        ((FOR_ALL, FOR_CLOUD), "serves everybody, so 'cloud' would never be asked"),
        ((FOR_CLOUD,), "must serve everybody"),
        ((FOR_CLOUD, FOR_CLOUD, FOR_ALL), "two grids are called 'cloud'"),
    ],
)
def test_an_order_that_leaves_a_grid_or_a_lead_out_is_refused(grids, told):
    with pytest.raises(InputError, match=told):
        Grids(grids)


def test_a_source_without_the_property_that_decides_is_refused():
    with pytest.raises(InputError, match="no property 'product'"):
        score_each(BOTH, LEADS[["employees"]])
