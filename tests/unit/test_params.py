"""Settings are read whole or refused with every fault at once."""

from pathlib import Path

import pytest

from leadscore.adapters.config.params import load_settings
from leadscore.domain.errors import InputError

ROOT = Path(__file__).parents[2]
PARAMS = ROOT / "params.yaml"


def overlay(folder, text, name="profile.yaml"):
    path = folder / name
    path.write_text(text)
    return path


def test_the_project_s_own_settings_are_sound():
    assert load_settings(PARAMS).source.name == "demo"


@pytest.mark.parametrize(
    "profile", sorted((ROOT / "config/profiles").glob("*.yaml")), ids=lambda p: p.stem
)
def test_shipped_profiles_are_sound_and_name_their_mapping(profile):
    settings = load_settings(PARAMS, [profile])
    assert settings.source.name == profile.stem
    assert (ROOT / "config/sources" / f"{profile.stem}.yaml").is_file()


def test_overlays_replace_only_what_they_name_and_the_last_wins(tmp_path):
    first = overlay(tmp_path, "model: {num_leaves: 7}\nseed: 1\n", "a.yaml")
    second = overlay(tmp_path, "seed: 2\nreview: {bands: [50]}\n", "b.yaml")
    settings, plain = load_settings(PARAMS, [first, second]), load_settings(PARAMS)
    assert (settings.model.num_leaves, settings.seed, settings.review.bands) == (7, 2, [50])
    assert settings.model.learning_rate == plain.model.learning_rate


def test_all_faults_are_told_at_once_each_with_its_line(tmp_path):
    text = """thresholds:
  initial: {hot: 30, warm: 50}
split: {test_share: 1.2}
label:
  horizon_days: 0
scale: {anchor_probability: "half"}
model:
  num_leafs: 3
"""
    with pytest.raises(InputError) as stop:
        load_settings(PARAMS, [overlay(tmp_path, text)])
    told = str(stop.value)
    assert stop.value.row == 2
    assert "thresholds reversed: hot (30) must be above warm (50)" in told
    assert "line 3: split.test_share: must be less than 1, got 1.2" in told
    assert "line 5: label.horizon_days: must be greater than or equal to 1, got 0" in told
    assert "line 6: scale.anchor_probability: must be a number, got 'half'" in told
    assert "line 8: model.num_leafs: unknown key; did you mean 'num_leaves'?" in told
    assert "\n" not in told


def test_missing_keys_are_named(tmp_path):
    bare = overlay(tmp_path, "seed: 1\nthreads: 1\n", "params.yaml")
    with pytest.raises(
        InputError,
        match="source: key missing.*snapshots: key missing|snapshots: key missing.*source",
    ):
        load_settings(bare)


def test_faults_in_two_files_name_both(tmp_path):
    first = overlay(tmp_path, "seed: -1\n", "a.yaml")
    second = overlay(tmp_path, "threads: 0\n", "b.yaml")
    with pytest.raises(
        InputError,
        match=r"a\.yaml:1 bad-settings: seed: .*\(.*a\.yaml\); .*threads: .*\(.*b\.yaml\)",
    ):
        load_settings(PARAMS, [first, second])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("seed: true", "seed: must be a whole number, got True"),
        ("seed: 1.5", "seed: must be a whole number"),
        ("seed: '1'", "seed: must be a whole number, got '1'"),
        (
            "snapshots: {kind: calender}",
            "must be one of 'calendar' or 'ages', got 'calender'; did you mean 'calendar'",
        ),
        ("snapshots: weekly", "snapshots: must be a map of keys, got 'weekly'"),
        ("review: {bands: 7}", "bands: must be a list, got 7"),
        ("source: {name: No Good}", "source.name: must look like"),
        ("- seed", "expected a map of keys, got a list"),
    ],
)
def test_a_wrong_value_is_told_with_what_was_expected_and_what_came(tmp_path, text, says):
    with pytest.raises(InputError) as stop:
        load_settings(PARAMS, [overlay(tmp_path, text)])
    assert says in str(stop.value)


def test_missing_settings_file_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="missing-file"):
        load_settings(tmp_path / "params.yaml")


def test_a_fault_in_a_list_is_told_where_the_list_stands_that_replaced_it(tmp_path):
    """The list of params.yaml has a first line too; it is not the one at fault."""
    path = overlay(tmp_path, "features:\n  events:\n    - {of: any}\n")
    with pytest.raises(InputError, match=r"profile\.yaml:3 bad-settings: features\.events\.0\.is"):
        load_settings(PARAMS, [path])
