"""Grids in force: read in their order, kept in the bundle as they are, held to their versions."""

import dataclasses

import numpy as np
import pytest
import yaml

from leadscore.adapters.bundle import read_bundle, write_bundle
from leadscore.adapters.config.grids import read_grids, refuse_changed_in_place
from leadscore.domain.errors import InputError
from leadscore.scoring.grid.several import Grids
from leadscore.scoring.view import view
from tests.fakes import looks, plain_grid, scorer_by_grid, settings
from tests.unit.test_view_and_nightly import THREE

ASKED = settings(grid={"file": "all.yaml", "others": ["ads.yaml"]}).grid
FOR_ADS = plain_grid() | {"grid": "ads", "serves": {"property": "channel", "equals": "ads"}}


@pytest.fixture
def files(tmp_path):
    (tmp_path / "all.yaml").write_text(yaml.safe_dump(plain_grid()))
    (tmp_path / "ads.yaml").write_text(yaml.safe_dump(FOR_ADS))
    return read_grids(tmp_path, ASKED)


def bundle(folder, files):
    scorer = dataclasses.replace(scorer_by_grid(), grid=files.grid)
    return write_bundle(
        folder, scorer, grid_source=files.plain(), golden=np.empty((0, 0)), about={}
    )


def test_the_others_are_asked_first_and_the_file_serves_the_rest(files):
    assert isinstance(files.grid, Grids)
    assert [grid.name for grid in files.grid.of] == ["ads", "tiny"]


def test_a_bundle_keeps_all_grids(files, tmp_path):
    bundle(tmp_path / "bundle", files)
    assert read_bundle(tmp_path / "bundle").scorer.grid == files.grid


def test_both_paths_of_a_look_see_the_grid_that_serves_it(files):
    """`a` came by referral and is served by `tiny`, `c` by ads; both grids say the same here."""
    asked = looks("lead_id | as_of | age_days\na | 2026-01-12 | 11\nc | 2026-01-12 | 11")
    _, score = view(asked, THREE, files.grid, settings())
    of_ads = [rule.startswith("ads.") for rule in score.rule_ids]
    assert not score.trace[0, of_ads].any()
    assert not score.trace[1, np.logical_not(of_ads)].any()
    assert score.points[0] > 0


def test_each_grid_is_held_to_its_own_version(files, tmp_path):
    bundle(tmp_path / "bundle", files)
    refuse_changed_in_place(files, tmp_path / "bundle")
    changed = FOR_ADS | {"bands": {"hot": 61, "warm": 30}}
    (tmp_path / "ads.yaml").write_text(yaml.safe_dump(changed))
    with pytest.raises(InputError, match=r"ads\.yaml.*version"):
        refuse_changed_in_place(read_grids(tmp_path, ASKED), tmp_path / "bundle")


def test_an_order_that_leaves_a_grid_out_is_refused_when_it_is_read(tmp_path, files):
    other_way = settings(grid={"file": "ads.yaml", "others": ["all.yaml"]}).grid
    with pytest.raises(InputError, match="would never be asked"):
        read_grids(tmp_path, other_way)
