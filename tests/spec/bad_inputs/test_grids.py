"""Bad inputs 93 to 111: what a grid file and the settings may not say, told at its line and column."""

import json

import numpy as np
import pandas as pd
import pytest

from leadscore.adapters.config.grids import GridFiles, read_grid, refuse_changed_in_place
from leadscore.adapters.config.params import load_settings
from leadscore.domain.errors import InputError
from leadscore.scoring.grid import evaluate
from leadscore.scoring.grid.cautions import cautions
from leadscore.scoring.grid.lint import Limits
from leadscore.scoring.grid.lint_history import Seen, lint_history
from leadscore.scoring.grid.versions import refuse_unversioned
from leadscore.scoring.grid.vocabulary import Vocabulary
from tests.bad_inputs import stops
from tests.fakes import ROOT

GRID = """\
grid: tiny
version: 2026-01-01
owner: sales
description: a test
bands: {hot: 60, warm: 30}
cells:
  fit: {A: 20, B: 10}
  engagement: {"1": 20, "2": 10}
rules:
  - id: sector
    words: {en: Target sector, fr: Secteur cible}
    group: fit
    points: 30
    when: {property: country, in: [FR, BE]}
    owner: sales
    reason: a test
  - id: demo
    words: {en: Demo, fr: Démo}
    group: engagement
    points: 50
    when: {event: demo_request}
    owner: sales
    reason: a test
"""
KNOWN = Vocabulary(
    ("country", "seniority"), ("demo_request", "call"), {"seniority": ("c_level", "director")}
)


def written(folder, text, name="tiny.yaml"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def changed(old, new, text=GRID):
    assert text.count(old) == 1, old
    return text.replace(old, new)


def refused(folder, code, text, row=None, column=None, **keys):
    """Return the one clear error by which reading a grid file ends, at its line and column."""
    path = written(folder, text)
    where = (str(path), row, None if column is None else str(column))
    return stops(code, read_grid, path, place=where, **keys)


def test_the_grid_that_is_spoilt_here_is_a_grid(tmp_path):
    assert read_grid(written(tmp_path, GRID), vocabulary=KNOWN).reach == 80


def test_093_reversed_thresholds_stop(tmp_path):
    text = changed("{hot: 60, warm: 30}", "{hot: 30, warm: 60}")
    error = refused(tmp_path, "thresholds-reversed", text, 5, 1)
    assert "bands: hot (30) must be above warm (60)" in str(error)


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ([0, 49], [51, 100], "50..50 is in no level"),
        ([0, 50], [40, 100], "40..50 is in 2 levels"),
        ([5, 49], [50, 90], "0..4 is in no level, 91..100 is in no level"),
    ],
)
def test_094_levels_with_a_gap_or_an_overlap_stop_and_the_interval_is_told(
    tmp_path, first, second, told
):
    levels = "".join(
        f"    - {{words: {{en: level {i}, fr: niveau {i}}}, points: {points}}}\n"
        for i, points in enumerate((first, second))
    )
    text = changed("{hot: 60, warm: 30}\n", "\n  hot: 60\n  levels:\n" + levels)
    assert told in str(refused(tmp_path, "bad-levels", text, 7, 3))


@pytest.mark.parametrize("points", ["10.5", '"10"', "1e3", "true"])
def test_095_points_that_are_no_whole_number_stop(tmp_path, points):
    error = refused(tmp_path, "bad-value", changed("points: 30", f"points: {points}"), 13, 5)
    assert "rules.sector.points: expected a whole number, got" in str(error)


@pytest.mark.parametrize("points", ["1_000", "010", "12:30:00"])
def test_095_points_that_yaml_reads_as_another_number_stop(tmp_path, points):
    error = refused(tmp_path, "yaml-trap", changed("points: 30", f"points: {points}"), 13, 13)
    assert f"`{points}`" in str(error)


@pytest.mark.parametrize("word", ["NO", "on", "yes"])
def test_096_a_country_that_yaml_reads_as_false_must_be_quoted(tmp_path, word):
    text = changed("in: [FR, BE]", f"equals: {word}")
    error = refused(tmp_path, "yaml-trap", text, 14, 39)
    assert error.fix == f"quote it if it is text: '{word}'"
    quoted = changed("in: [FR, BE]", f"equals: '{word}'")
    assert read_grid(written(tmp_path, quoted)).rules[0].when.equals == word


def test_097_a_key_twice_stops(tmp_path):
    text = changed("    points: 50\n", "    points: 50\n    points: 5\n")
    error = refused(tmp_path, "yaml-trap", text, 21, 5)
    assert "key 'points' stands here a second time (first on line 20)" in str(error)


@pytest.mark.parametrize(
    ("old", "new", "row", "told"),
    [
        ("property: country", "property: contry", 14, "'contry'; did you mean 'country'?"),
        ("event: demo_request", "event: demo_reqest", 21, "did you mean 'demo_request'?"),
        (
            "property: country, in: [FR, BE]",
            "property: seniority, in: [directer]",
            14,
            "'directer' is no word of seniority; did you mean 'director'?",
        ),
    ],
)
def test_098_a_name_the_source_does_not_know_stops_where_the_source_is_known(
    tmp_path, old, new, row, told
):
    error = refused(tmp_path, "unknown-name", changed(old, new), row, vocabulary=KNOWN)
    assert told in str(error)
    assert read_grid(tmp_path / "tiny.yaml").name == "tiny"  # another source may know it


@pytest.mark.parametrize(
    ("old", "new", "code", "told"),
    [
        ("in: [FR, BE]", "inn: [FR, BE]", "unknown-key", "did you mean 'in'?"),
        ("{property: country, in: [FR, BE]}", "{proprety: country}", "bad-condition", "property"),
        ("group: fit", "group: fitt", "bad-value", "got 'fitt'; did you mean 'fit'?"),
    ],
)
def test_098_an_operator_or_a_group_that_does_not_exist_stops(tmp_path, old, new, code, told):
    assert told in str(refused(tmp_path, code, changed(old, new)))


def test_099_a_criterion_that_never_or_always_holds_is_warned_of(tmp_path):
    """Forty leads, all of them French, and none asked for a demo."""
    text = changed("{event: demo_request}", "{property: country, equals: DE}")
    grid = read_grid(written(tmp_path, text))
    score = evaluate(grid, pd.DataFrame({"country": ["FR"] * 40}))
    seen = Seen(np.arange(40), np.zeros(40), score)
    found = lint_history(grid, seen, day=grid.version, limits=Limits())
    assert {(f.severity, f.check, f.rule) for f in found} >= {
        ("warning", "always-true", "sector"),
        ("warning", "dead-rule", "demo"),
    }


def test_100_a_hot_that_no_lead_can_reach_stops(tmp_path):
    error = refused(tmp_path, "unreachable-hot", changed("points: 50", "points: 20"), 5, 9)
    assert "the rules in force reach 50 points, hot is 60" in str(error)


def test_101_points_taken_away_without_a_floor_are_warned_of_and_the_total_is_clipped(tmp_path):
    worse = GRID + GRID[GRID.index("  - id: sector") : GRID.index("  - id: demo")].replace(
        "id: sector", "id: far"
    ).replace("points: 30", "points: -50")
    grid = read_grid(written(tmp_path, worse))
    (warning,) = cautions(grid)
    assert "floors.fit: no floor, and rules that take up to 50 points" in warning
    french = evaluate(grid, pd.DataFrame({"country": ["FR"]}))
    assert (french.fit.tolist(), french.points.tolist()) == ([30 - 50], [0])
    floored = changed("bands:", "floors: {fit: 0}\nbands:", worse)
    assert cautions(read_grid(written(tmp_path, floored))) == ()


def test_102_an_unknown_key_stops_and_the_nearest_is_told(tmp_path):
    error = refused(tmp_path, "unknown-key", changed("warm: 30", "wram: 30"), 5, 18)
    assert "bands.wram: unknown key; did you mean 'warm'?" in str(error)
    assert "unknown key" in str(refused(tmp_path, "unknown-key", GRID + "treshold: 3\n", 24, 1))


@pytest.mark.parametrize(
    ("old", "new", "row", "column", "told"),
    [
        ("hot: 60", "hot: &hot 60", 5, 14, "anchors and aliases"),
        ("hot: 60", "hot: *hot", 5, 14, "anchors and aliases"),
        ("  fit: {A: 20, B: 10}", "  <<: {A: 20}", 7, 3, "merge keys"),
        ("points: 30", "points: !!int 30", 13, 13, "tags"),
        ("points: 30", "points: !!python/object/apply:os.system [ls]", 13, 13, "tags"),
    ],
)
def test_103_anchors_aliases_merge_keys_and_tags_stop(tmp_path, old, new, row, column, told):
    assert told in str(refused(tmp_path, "yaml-trap", changed(old, new), row, column))


@pytest.mark.parametrize(
    ("old", "new", "code", "row", "column"),
    [
        ("    points: 30", "\tpoints: 30", "bad-yaml", 13, 1),
        ("owner: sales\ndescription", 'owner: "sales\ndescription', "bad-yaml", 8, 17),
        ("bands:", "---\nbands:", "yaml-trap", 5, 1),
        ("bands: {hot: 60, warm: 30}", "bands: [60, 30]", "bad-value", 5, 1),
        ("    words: {en: Demo, fr: Démo}", "    words: Demo", "bad-value", 18, 5),
    ],
)
def test_104_tabs_open_quotes_two_documents_and_lists_for_maps_stop(
    tmp_path, old, new, code, row, column
):
    refused(tmp_path, code, changed(old, new), row, column)


def test_104_an_open_quote_is_told_where_it_begins(tmp_path):
    closed_later = refused(
        tmp_path, "bad-yaml", GRID.replace("owner: sales\nd", 'owner: "sales\nd')
    )
    assert "a text in quotes begins at 3:8" in str(closed_later)
    refused(tmp_path, "bad-yaml", changed("{event: demo_request}", "{event: 'demo}"), 21, 19)


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "null\n", "~\n"])
def test_105_an_empty_grid_stops(tmp_path, text):
    refused(tmp_path, "empty-yaml", text)


def test_105_a_grid_without_rules_stops(tmp_path):
    text = GRID[: GRID.index("rules:")] + "rules: null\n"
    assert "rules: expected a list, got None" in str(refused(tmp_path, "bad-value", text, 9, 1))
    refused(tmp_path, "empty-grid", "{}\n")


@pytest.mark.parametrize("number", [".nan", "-.inf", "1e999"])
def test_106_numbers_that_are_none_stop(tmp_path, number):
    text = changed("{A: 20, B: 10}", f"{{A: {number}, B: 10}}")
    assert "is no finite number" in str(refused(tmp_path, "yaml-trap", text, 7, 12))


def test_107_all_faults_of_the_settings_are_told_at_once(tmp_path):
    """No seed, a horizon of 0 days, a test share of 1.2 and an objective nobody can choose."""
    text = (ROOT / "params.yaml").read_text("utf-8")
    for old, new in (
        ("\nseed: 20260101 ", "\n#"),
        ("horizon_days: 90 ", "horizon_days: 0 "),
        ("test_share: 0.2 ", "test_share: 1.2 "),
        ("\nmodel:\n", "\nmodel:\n  objective: rank\n"),
    ):
        text = changed(old, new, text)
    with pytest.raises(InputError) as told:
        load_settings(written(tmp_path, text, "params.yaml"))
    assert (told.value.code, told.value.exit_code) == ("bad-settings", 2)
    for words in (
        "seed: key missing",
        "label.horizon_days: must be greater than or equal to 1, got 0",
        "split.test_share: must be less than 1, got 1.2",
        "model.objective: unknown key",
    ):
        assert words in str(told.value)


def test_107_all_faults_of_a_grid_are_told_at_once_each_at_its_place(tmp_path):
    text = changed("hot: 60", "hot: 600", changed("group: fit", "group: fitt"))
    text = changed("    points: 50\n", "    points: 5.5\n    untill: 2026-03-01\n", text)
    error = str(refused(tmp_path, "bad-value", text, 5, 9))
    assert "; 12:5 rules.sector.group: got 'fitt'; did you mean 'fit'?" in error
    assert "; 20:5 rules.demo.points: expected a whole number, got 5.5" in error
    assert "; 21:5 rules.demo.untill: unknown key; did you mean 'until'?" in error
    traps = changed("hot: 60", "hot: 0_60", changed("in: [FR, BE]", "in: [NO, BE]"))
    assert "; 14:36 `NO`: reads as true or false" in str(refused(tmp_path, "yaml-trap", traps))


@pytest.mark.parametrize(
    "line",
    [
        "api_token: d41d8cd98f00b204",
        "description2: ghp_" + "a1B2" * 9,
        "source: postgresql://sales:hunter22@db.example/leads",
        "note: Bearer 0123456789abcdef01",
    ],
)
def test_108_a_secret_in_a_configuration_file_stops_and_is_not_shown(tmp_path, line):
    error = refused(tmp_path, "literal-secret", GRID + line + "\n", 24)
    secret = line.partition(": ")[2]
    assert secret not in str(error)
    assert secret not in json.dumps([error.message, error.fix, error.column])
    named = written(tmp_path, "api_token: $CRM_TOKEN\nurl_env: LEADS_DB\n", "params.yaml")
    with pytest.raises(InputError, match="bad-settings"):  # unknown keys, and no secret
        load_settings(named)


def test_109_a_change_without_a_later_version_stops(tmp_path):
    old = read_grid(written(tmp_path, GRID))
    new = read_grid(written(tmp_path, changed("points: 30", "points: 25")))
    keys = {"file": "tiny.yaml", "against": "the grid of the last training"}
    error = stops("version-not-raised", refuse_unversioned, old, new, **keys)
    assert "rules.sector changed, version is 2026-01-01" in str(error)
    dated = read_grid(written(tmp_path, changed("2026-01-01", "2026-01-02")))
    refuse_unversioned(old, dated, **keys)


def test_109_the_training_compares_with_the_bundle_before_it(tmp_path):
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    path = written(tmp_path, changed("points: 30", "points: 25"))
    files = GridFiles((path,), read_grid(path))
    refuse_changed_in_place(files, bundle)  # nothing was trained before
    written(bundle, GRID, "grid.yaml")
    where = (str(path), 2, "1")
    stops("version-not-raised", refuse_changed_in_place, files, bundle, place=where)
    written(bundle, "damaged: [", "grid.yaml")
    refuse_changed_in_place(files, bundle)


@pytest.mark.parametrize(
    "when",
    [
        "\"__import__('os').system('ls')\"",
        '"points > 3 or True"',
        "{eval: \"open('x', 'w')\"}",
        "{lambda: 1}",
        "[1, 2]",
    ],
)
def test_110_an_expression_as_a_condition_stops(tmp_path, when):
    text = changed("{property: country, in: [FR, BE]}", when)
    refused(tmp_path, "bad-condition", text, 14, 5)


def test_110_a_text_that_looks_like_code_is_text(tmp_path):
    text = changed("in: [FR, BE]", 'matches: "{{ 7*7 }}\'; drop table leads --.*"')
    grid = read_grid(written(tmp_path, text))
    lead = pd.DataFrame({"country": ["FR", "X {{ 7*7 }}'; DROP TABLE leads --.*"]})
    assert evaluate(grid, lead).trace[:, 0].tolist() == [0, 30]
    named = read_grid(written(tmp_path, changed("property: country", "property: __class__")))
    assert evaluate(named, lead).not_evaluable["sector"] == ("__class__",)


def test_111_a_file_above_a_megabyte_or_too_deep_stops(tmp_path):
    refused(tmp_path, "too-large", GRID + "#" * 1_000_000)
    deep = "{not: " * 25 + "{event: call}" + "}" * 25
    text = changed("{event: demo_request}", deep)
    assert "nested deeper than 20" in str(refused(tmp_path, "yaml-trap", text, 21))
