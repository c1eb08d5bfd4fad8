"""Snapshots to a matrix: what is rare is pooled, what is new is safe, what is missing stays missing."""

import json

import numpy as np
import pandas as pd
import pytest

from leadscore.history.features import Feature
from leadscore.scoring.encoder import Encoder

NAN = float("nan")
SIZE = Feature("firm_employees", "number", "Employees: {value:g}", "employees")
CHANNEL = Feature("lead_channel", "category", "Channel: {value}", "channel")


def table(channels, sizes=None):
    sizes = np.arange(len(channels), dtype=float) if sizes is None else sizes
    return pd.DataFrame({"firm_employees": sizes, "lead_channel": pd.Series(channels, dtype="str")})


def learned(channels, *, min_rows=2, max_levels=10):
    return Encoder.learn(table(channels), [SIZE, CHANNEL], min_rows=min_rows, max_levels=max_levels)


def codes(encoder, channels):
    return encoder.matrix(table(channels))[:, 1].tolist()


def test_levels_are_coded_in_alphabetical_order_whatever_the_order_of_rows():
    assert learned(["b", "a", "b", "a"]).levels == {"lead_channel": ("a", "b")}
    assert codes(learned(["b", "a", "b", "a"]), ["a", "b"]) == [0.0, 1.0]
    assert learned(["a", "b", "a", "b"]) == learned(["b", "a", "b", "a"])


def test_levels_below_min_rows_share_one_code():
    """a and b have two rows, c and d one each: both are pooled at code 2."""
    encoder = learned(["a", "a", "b", "b", "c", "d"])
    assert codes(encoder, ["a", "b", "c", "d"]) == [0.0, 1.0, 2.0, 2.0]


def test_only_the_most_frequent_levels_are_kept_and_ties_go_by_name():
    """c has three rows; a, b and d two each: the first two of (c, a, b, d) are kept."""
    encoder = learned(["d", "d", "c", "c", "c", "b", "b", "a", "a"], max_levels=2)
    assert encoder.levels["lead_channel"] == ("a", "c")


def test_a_level_never_seen_is_coded_like_the_rare_ones():
    assert codes(learned(["a", "a", "b", "b"]), ["new", "a"]) == [2.0, 0.0]


def test_missing_is_nan_and_no_level():
    encoder = learned(["a", "a", None, None])
    assert encoder.levels["lead_channel"] == ("a",)
    assert codes(encoder, [None, "a"]) == pytest.approx([NAN, 0.0], nan_ok=True)


def test_a_level_called_nan_is_a_word():
    assert codes(learned(["nan", "nan", None, None]), ["nan", None]) == pytest.approx(
        [0.0, NAN], nan_ok=True
    )


def test_a_column_of_pooled_levels_alone_still_tells_known_from_missing():
    encoder = learned(["a", "b", None, "c"])
    assert encoder.levels["lead_channel"] == ()
    assert codes(encoder, ["a", None]) == pytest.approx([0.0, NAN], nan_ok=True)


def test_constant_columns_carry_nothing_and_are_dropped():
    rows = table(["a"] * 4, sizes=np.array([1.0, 1.0, NAN, 1.0]))
    kept = Encoder.learn(rows, [SIZE, CHANNEL], min_rows=1, max_levels=9)
    assert kept.names == ["firm_employees"]  # present or not is two values
    assert kept.categorical == []
    empty = table([None] * 4, sizes=np.full(4, NAN))
    assert Encoder.learn(empty, [SIZE, CHANNEL], min_rows=1, max_levels=9).names == []


def test_numbers_pass_as_they_are():
    encoder = learned(["a", "a", "b", "b"])
    x = encoder.matrix(table(["a", "b"], sizes=np.array([NAN, -3.5])))
    assert x[:, 0].tolist() == pytest.approx([NAN, -3.5], nan_ok=True)
    assert (x.dtype, x.shape) == (np.float64, (2, 2))


def test_no_rows_give_an_empty_matrix():
    assert learned(["a", "a", "b", "b"]).matrix(table([])).shape == (0, 2)


def test_a_missing_column_is_a_bug():
    with pytest.raises(KeyError, match="lead_channel"):
        learned(["a", "a", "b", "b"]).matrix(table(["a"]).drop(columns="lead_channel"))


def test_the_encoder_comes_back_from_json_equal():
    encoder = learned(["é", "é", "b", "b", 'quote"', 'quote"'])
    again = Encoder.from_dict(json.loads(json.dumps(encoder.to_dict())))
    assert again == encoder
    assert codes(again, ["é", "b", "x"]) == codes(encoder, ["é", "b", "x"])


def test_case_alone_makes_no_other_level():
    """A later export may spell a city otherwise; most rows decide how it is shown."""
    column = pd.Series(["Paris", "Paris", "PARIS", "Lyon", "Lyon", "Lyon"], dtype="str")
    feature = Feature("lead_city", "category", "City: {value}", "city")
    table = column.to_frame("lead_city")
    encoder = Encoder.learn(table, [feature], min_rows=3, max_levels=5)
    assert encoder.levels["lead_city"] == ("Lyon", "Paris")
    later = pd.DataFrame({"lead_city": pd.Series(["paris", "LYON", "Nice", None], dtype="str")})
    np.testing.assert_array_equal(encoder.matrix(later)[:, 0], [1, 0, 2, np.nan])
