"""A search finds what is planted, keeps what is in force on noise, and says the same again."""

import dataclasses

import pytest

from leadscore.adapters.search.searching import judged
from leadscore.adapters.search.study import Place, searched
from leadscore.domain.errors import GateError
from leadscore.history.splits import CALIBRATE, TEST
from leadscore.review.search_screen import proposal_text, sentence, trial_line
from leadscore.scoring.searching import ground_of
from tests.fakes import small_settings
from tests.markets import MARKET_FEATURES, MARKET_UNTIL, market

BAD = {
    "num_leaves": 2,
    "learning_rate": 0.9,
    "min_child_samples": 400,
    "few_child_samples": 400,
}


def outcome(folder, snapshots, *, trials=5, threads=1, **model):
    settings = small_settings(
        threads=threads,
        model={"max_rounds": 60, "patience": 10, **model},
        search={"trials": trials, "blind_trials": 3},
    )
    ground = ground_of(snapshots, MARKET_FEATURES, settings, until=MARKET_UNTIL)
    trials = searched(ground, settings, Place(folder / "study.db", "market"), lambda _: None)
    return judged(ground, settings, trials)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return outcome(tmp_path_factory.mktemp("planted"), market(4500), **BAD)


def test_a_planted_bad_default_is_beaten_and_a_better_one_proposed(planted):
    assert planted.is_better
    assert planted.judgement.trees.figure.high < 0
    text = proposal_text(planted, place="params.yaml", study="market")
    assert f"\n  num_leaves: {planted.best.values['num_leaves']}\n" in text
    assert "later leads" in text
    assert "e-" not in text.split("model:")[1]


def test_the_same_search_by_two_threads_says_the_same(planted, tmp_path):
    assert outcome(tmp_path, market(4500), threads=2, **BAD).to_dict() == planted.to_dict()


def test_on_noise_the_settings_in_force_are_kept(tmp_path):
    found = outcome(tmp_path, market(1500, signal=0.0))
    assert not found.is_better
    assert sentence(found).startswith("Keep the settings in force")
    text = proposal_text(found, place="params.yaml", study="market")
    assert text.endswith("model: {}\n")


def test_neither_judge_nor_gates_are_searched_on():
    ground = ground_of(market(1500), MARKET_FEATURES, small_settings(), until=MARKET_UNTIL)
    begins = ground.work.windows.calibrate_from
    later = ground.work.mature["order"][ground.work.rows(CALIBRATE, TEST)]
    assert later.min() >= begins
    assert all(fold.lesson.looks["order"].max() < begins for fold in ground.folds)
    n_known = len(ground.work.rows("fit"))
    assert sum(len(fold.hold.y) for fold in ground.folds) < n_known


def test_a_search_asks_for_wins():
    settings = small_settings(gates={"min_won": 5000})
    with pytest.raises(GateError, match=r"too-few-wins: \d+ won leads in the fit window, 5000"):
        ground_of(market(900), MARKET_FEATURES, settings, until=MARKET_UNTIL)


def test_a_pruned_trial_says_when(planted):
    pruned = dataclasses.replace(planted.trials[1], state="pruned")
    assert f"pruned after {len(pruned.heard.losses)} folds" in trial_line(pruned, n=5)
