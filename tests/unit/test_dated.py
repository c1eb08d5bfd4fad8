"""Features that tell the date: planted ones are named, honest ones are not."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from leadscore.history.dated import tells_date, without
from leadscore.history.features import Feature
from leadscore.history.splits import ordered_windows
from tests.fakes import small_settings

DRIFT = small_settings().drift
N = 3000


def number(name):
    return Feature(name, "number", name + " {value}", name)


def word(name):
    return Feature(name, "category", name + " {value}", name)


def export(seed=1):
    """One look a lead in order: an index in steps, campaigns one after another, and honest columns."""
    draw = np.random.default_rng(seed)
    order = np.arange(N)
    return pd.DataFrame(
        {
            "lead_id": [f"l{i}" for i in order],
            "order": order,
            "index": 4.9 - np.floor(order / 300) * 0.3,
            "there_and_back": np.sin(order // 100 * 2.4),
            "serial": order * 7.0 + draw.normal(0, 3, N),
            "campaign": pd.Series([f"c{i // 150}" for i in order], dtype="str"),
            "pages": draw.poisson(3, N).astype(float),
            "rare": np.where(draw.random(N) < 0.02, 1.0, np.nan),
            "rising": draw.poisson(2 + order / N).astype(float),
            "channel": pd.Series(draw.choice(["ads", "fair"], N), dtype="str"),
            "constant": 1.0,
        }
    )


def named(table, features, settings=DRIFT):
    windows = ordered_windows(
        table["order"].to_numpy(), calibrate_share=0.2, test_share=0.2, purge=0
    )
    return tells_date(table, features, windows, settings)


@pytest.mark.parametrize(
    "feature", [number("index"), number("there_and_back"), number("serial"), word("campaign")]
)
def test_what_tells_the_date_is_named(feature):
    (found,) = named(export(), [feature])
    assert found.name == feature.name
    assert found.auc >= DRIFT.date_auc or found.new_share >= DRIFT.new_share
    assert f"AUC {found.auc:.3f}" in found.evidence


@pytest.mark.parametrize("seed", range(5))
def test_honest_columns_are_not_named(seed):
    honest = [number(n) for n in ("pages", "rare", "rising", "constant")] + [word("channel")]
    assert named(export(seed), honest) == ()


def test_a_campaign_that_ended_is_new_later():
    (found,) = named(export(), [word("campaign")])
    assert found.new_share == 1.0  # 150 rows each, and 1,800 rows are fitted on
    assert np.isnan(found.order_correlation)
    assert found.to_dict()["order_correlation"] is None


def test_order_of_rows_and_several_looks_change_no_name():
    table = export()
    twice = pd.concat([table, table]).sort_values("order", ignore_index=True)
    features = [number("index"), number("pages"), word("campaign")]
    assert [d.name for d in named(twice, features)] == [d.name for d in named(table, features)]


def test_names_are_told_surest_first():
    found = named(export(), [word("campaign"), number("index"), number("serial")])
    assert [d.auc for d in found] == sorted((d.auc for d in found), reverse=True)


def test_where_every_look_is_fitted_on_nothing_is_compared():
    table = export()
    windows = ordered_windows(
        table["order"].to_numpy(), calibrate_share=0.2, test_share=0.2, purge=0
    )
    all_fit = dataclasses.replace(windows, name=np.full(N, "fit", dtype=object))
    assert tells_date(table, [number("index")], all_fit, DRIFT) == ()


@pytest.mark.parametrize(("choice", "kept"), [("keep", ["index", "pages"]), ("drop", ["pages"])])
def test_named_features_are_dropped_only_where_the_setting_says_so(choice, kept):
    features = [number("index"), number("pages")]
    settings = DRIFT.model_copy(update={"date_features": choice})
    found = named(export(), features)
    assert [f.name for f in without(features, found, settings)] == kept
