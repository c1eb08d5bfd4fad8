"""Bad inputs 83 to 92, and 73 again: what a training set may not be, and what it may be with a warning."""

import numpy as np
import pandas as pd
import pytest

from leadscore.adapters.config.params import load_settings
from leadscore.domain.errors import GateError, InputError
from leadscore.domain.mapping import Property
from leadscore.history.leakage.gate import examine, stop_on
from leadscore.history.log import DAY
from leadscore.history.splits import ordered_windows
from leadscore.scoring.training import train
from tests.bad_inputs import is_clear, stops
from tests.fakes import ROOT, category, grid, number, seconds, settings, small_settings
from tests.markets import MARKET_FEATURES, MARKET_UNTIL, market

N = 600
ROW = np.arange(N)
WON = ROW % 5 < 2  # two fifths
LIMITS = settings().leakage


def trained_on(snapshots, **changes):
    chosen = small_settings(**changes)
    return train(snapshots, MARKET_FEATURES, grid(), chosen, until=MARKET_UNTIL)


def text(values):
    return pd.Series(values, dtype="str")


def people(ids=None, **columns):
    """Return leads in the order they came, and how they ended: closed all of them, two fifths won."""
    ids = text([f"L{i:04d}" for i in ROW] if ids is None else ids)
    leads = pd.DataFrame({"lead_id": ids, "order": ROW, "row": ROW + 1, **columns})
    return leads, pd.DataFrame({"lead_id": ids, "status": text(np.where(WON, "won", "lost"))})


def gate(leads, outcomes, *properties, limits=LIMITS):
    """Go through the leakage gate; return the findings that did not stop it."""
    found = examine(properties, leads, outcomes, limits, is_dated=False)
    stop_on(found)
    return found


def stopped_gate(what, leads, outcomes, *properties, limits=LIMITS):
    place = ("params.yaml", None, "leakage.allow")
    error = stops(
        "leakage", gate, leads, outcomes, *properties, limits=limits, exit_code=4, place=place
    )
    assert f"{what} (" in str(error)
    return error


@pytest.mark.parametrize(
    ("label", "told"), [(0.0, "0 won / 50 not won"), (1.0, "50 won / 0 not won")]
)
def test_083_a_single_class_stops_the_training(label, told):
    error = stops("one-class", trained_on, market(50).assign(label=label), exit_code=4)
    assert told in str(error)
    assert "check `statuses`" in error.fix


def test_084_too_few_won_leads_let_the_grid_lead_and_say_so():
    """No stop: what the advice would be is done at once."""
    verdict = trained_on(market(), gates={"min_won": 500}).verdict
    assert verdict.opinion == "grid"
    assert not verdict.gates[0].passed
    assert verdict.gates[0].evidence.endswith("won leads in the test window, 500 needed")


LEAKS = {
    "stage": text(np.where(WON, "closed won", "closed lost")),
    "close_reason": text(np.where(WON, None, np.where(ROW % 2, "price", "no budget"))),
    "amount_won": pd.Series(np.where(WON, 5_000.0 + ROW, np.nan)),
    "days_since_close": pd.Series(np.where(WON, 10.0, 400.0) + ROW % 7),
}


@pytest.mark.parametrize("name", LEAKS)
def test_085_a_column_that_knows_the_outcome_stops_and_is_named(name):
    values = LEAKS[name]
    prop = (category if values.dtype == "str" else number)(name, known="as_exported")
    leads, outcomes = people(**{name: values})
    with pytest.raises(GateError) as told:
        gate(leads, outcomes, prop)
    is_clear(told.value, "leakage", exit_code=4, file="params.yaml")
    assert f"leakage: {name}: " in str(told.value)
    assert f"leakage.allow: [{name}]" in told.value.fix


def test_086_an_id_that_ranks_leads_stops():
    """Winners are renumbered when they become customers."""
    ids = [f"{40_000 + i if won else i:06d}" for i, won in zip(ROW, WON, strict=True)]
    stopped_gate("lead_id: ids rank leads", *people(ids=ids))


def test_086_a_place_in_the_file_that_ranks_leads_stops():
    leads, outcomes = people()
    by_status = np.argsort(np.argsort(~WON, kind="stable")) + 1
    stopped_gate("row: row order ranks leads", leads.assign(row=by_status), outcomes)


def test_087_one_lead_under_two_ids_stops():
    """The second half of the leads says again, column by column, what the first half says."""
    draw = np.random.default_rng(3)
    once = [draw.integers(0, 200, N // 2) for _ in range(5)]
    columns = {f"p{i}": text([f"v{v}" for v in [*half, *half]]) for i, half in enumerate(once)}
    leads, outcomes = people(**columns)
    twice = text([*outcomes["status"][: N // 2]] * 2)
    properties = [category(name) for name in columns]
    stopped_gate(
        "leads:duplicates: one lead under several ids",
        leads, outcomes.assign(status=twice), *properties,
    )  # fmt: skip


def test_087_no_label_of_one_window_reaches_into_the_next():
    """A lead may be looked at in two windows, as in life; its looks of the 30 days between are purged."""
    order = np.arange(400) * DAY
    windows = ordered_windows(order, calibrate_share=0.2, test_share=0.2, purge=30 * DAY)
    for earlier, border in (("fit", windows.calibrate_from), ("calibrate", windows.test_from)):
        assert order[windows.rows(earlier)].max() + 30 * DAY <= border


def test_088_a_shuffled_split_can_not_be_asked_for(tmp_path):
    """Windows are ordered in time, whatever one writes."""
    params = (ROOT / "params.yaml").read_text("utf-8")
    changed = params.replace("\nsplit:\n", "\nsplit:\n  shuffle: true\n")
    line = changed.splitlines().index("  shuffle: true") + 1
    (tmp_path / "params.yaml").write_text(changed, "utf-8")
    with pytest.raises(InputError, match="split.shuffle: unknown key") as told:
        load_settings(tmp_path / "params.yaml")
    assert (told.value.code, told.value.exit_code) == ("bad-settings", 2)
    assert (str(told.value.file), told.value.row) == (str(tmp_path / "params.yaml"), line)


def test_089_a_win_rate_that_jumps_from_a_quarter_to_the_next_is_warned_of():
    """Four quarters of 150 leads: 20 % won, then 60 %; each closed after 20 days."""
    quarter = ROW // 150
    created = seconds("2025-01-01") + quarter * 91 * DAY + ROW % 150 * DAY // 3
    won = np.where(quarter < 2, 1, 3) > ROW % 5
    leads, outcomes = people()
    leads = leads.assign(created_at=pd.to_datetime(created, unit="s", utc=True), order=created)
    outcomes = outcomes.assign(
        status=text(np.where(won, "won", "lost")),
        closed_at=pd.to_datetime(created + 20 * DAY, unit="s", utc=True),
    )
    found = examine([], leads, outcomes, LIMITS, until=pd.Timestamp("2026-06-01", tz="UTC"))
    stop_on(found)
    (jump,) = [f for f in found if f.column == "label"]
    assert (jump.check, jump.state) == ("win rate jumps", "warns")
    assert "20%" in jump.evidence
    assert "60%" in jump.evidence


@pytest.mark.parametrize(("share", "usual"), [(0.85, [0.002, 0.75]), (0.3, [0.4, 0.75])])
def test_090_an_unusual_base_rate_is_warned_of_and_the_calibration_judged(share, usual):
    snapshots = market(400)
    label = np.where(np.random.default_rng(1).random(400) < share, 1.0, 0.0)
    trained = trained_on(snapshots.assign(label=label), gates={"usual_base_rate": usual})
    (warning,) = trained.warnings
    assert f"{int(label.sum())} of 400 mature looks are won" in warning
    assert f"outside {usual[0]:g} to {usual[1]:g}" in warning
    assert "calibration slope in range" in [g.gate for g in trained.verdict.gates]


def test_091_the_order_of_rows_changes_no_tree(market_trained):
    mixed = market_trained.snapshots.sample(frac=1.0, random_state=3)
    again = trained_on(mixed).scorer.model.trees
    assert again.sha256 == market_trained.trained.scorer.model.trees.sha256


def test_092_a_protected_column_stops_until_somebody_signs():
    prop = Property("gender", "category", "at_creation", "Gender", None)
    leads, outcomes = people(gender=text(np.where(ROW % 3 == 0, "f", "m")))
    error = stopped_gate("gender: protected ground", leads, outcomes, prop)
    assert 'leakage.signed: ["gender, WHO, YYYY-MM-DD: reason"]' in error.fix
    allowed = LIMITS.model_copy(update={"allow": ["gender"]})
    stopped_gate("gender: protected ground", leads, outcomes, prop, limits=allowed)
    line = "gender, data protection officer, 2026-01-31: a study of pay, never a score"
    signed = LIMITS.model_copy(update={"signed": [line]})
    (found,) = gate(leads, outcomes, prop, limits=signed)
    assert found.state == "allowed"


def test_073_a_constant_feature_is_left_out_of_the_training_and_told():
    trained = trained_on(market(400).assign(lead_channel="ads"))
    (warning,) = trained.warnings
    assert warning == "1 features are the same in all mature looks and left out: lead_channel"
    if (model := trained.scorer.model) is not None:
        assert "lead_channel" not in model.encoder.names
