"""A mapping says of each history which file tells it, and says it once."""

import copy
import json
import re

import pytest
import yaml

from leadscore.adapters.config.sources import load_mapping
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import File, SourceMapping
from leadscore.domain.mapping_history import form_of
from tests.exports import plain_mapping, wide_mapping
from tests.fakes import ROOT

CHANGES = {
    "Lead": {"role": "lead_id"},
    "When": {"role": "occurred_at"},
    "Field": {"role": "field", "values": {"Channel": "channel"}},
    "New": {"role": "new_value"},
}
VERSIONS = {
    "Lead": {"role": "lead_id"},
    "From": {"role": "valid_from"},
    "To": {"role": "valid_to"},
    "Channel": {"role": "property", "name": "channel"},
}


def plain(columns, *, known="history", **changes):
    """Return a mapping with a file of changes or versions; `changes` replace columns (None: take out)."""
    mapping = copy.deepcopy(plain_mapping())
    mapping["files"]["leads"]["columns"]["Channel"]["known"] = known
    kept = {header: c for header, c in (columns | changes).items() if c is not None}
    mapping["files"]["history"] = {"path": "history.csv", "columns": kept}
    return mapping


def without_files(mapping, *names):
    return mapping | {"files": {n: f for n, f in mapping["files"].items() if n not in names}}


def twice(one, other):
    """Return a mapping with two files of history."""
    mapping = plain(one)
    mapping["files"]["more"] = {"path": "more.csv", "columns": other}
    return mapping


@pytest.mark.parametrize("columns", [CHANGES, VERSIONS], ids=["changes", "versions"])
def test_both_shapes_feed_the_table_of_changes(columns):
    mapping = SourceMapping.model_validate(plain(columns))
    assert mapping.files["history"].tables == ("changes",)
    assert mapping.property_columns()["channel"].known == "history"


def test_a_property_of_versions_only_needs_no_column_among_the_leads():
    region = {"role": "property", "name": "region", "kind": "number", "label": "Region"}
    mapping = SourceMapping.model_validate(plain(VERSIONS, Region=region))
    assert list(mapping.property_columns()) == ["channel", "region"]
    assert mapping.property_columns()["region"].known == "history"


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        (without_files(plain(CHANGES), "history"), "`channel` has `known: history`, but no file"),
        (
            plain(CHANGES, known="at_creation"),
            "files.history tells the history of `channel`: declare",
        ),
        (plain(VERSIONS, known="as_exported"), "declare it `known: history`"),
        (
            plain(CHANGES, Field={"role": "field", "values": {"Channel": "chanel"}}),
            "`chanel` is no property of the leads; did you mean 'channel'?",
        ),
        (plain(CHANGES, Field={"role": "field"}), "role `field` needs `values`"),
        (plain(CHANGES, New=None), "a file of changes, one row a change, holds"),
        (plain(CHANGES, When=None), "a file of changes, one row a change, holds"),
        (plain(CHANGES, X={"role": "status"}), "a file of changes, one row a change, holds"),
        (plain(CHANGES, Lead=None), "files.history: no column has the role `lead_id`"),
        (plain(VERSIONS, Channel=None), "a file of versions, one row a state of a lead, holds"),
        (plain(VERSIONS, X={"role": "old_value"}), "a file of versions, one row a state"),
        (plain(VERSIONS, X={"role": "created_at"}), "a file of versions, one row a state"),
        (plain(VERSIONS, From=None), "`valid_to` with role `valid_from`"),
        (plain(CHANGES, Field=None), "`new_value` and `old_value` go with role `field`"),
        (plain(CHANGES, X={"role": "new_value"}), "two columns have the role `new_value`"),
        (plain(VERSIONS, X=VERSIONS["Channel"]), "two columns have the name `channel`"),
        (
            plain(VERSIONS, Channel={"role": "property", "name": "channel", "kind": "flag"}),
            "`channel` is of kind `flag` here and `category` elsewhere",
        ),
        (
            plain(VERSIONS, Channel=VERSIONS["Channel"] | {"known": "at_creation"}),
            "it can only be `known: history`",
        ),
        (
            plain(VERSIONS, Channel=VERSIONS["Channel"] | {"excluded": "late"}),
            "has another `label` or `excluded` elsewhere",
        ),
        (
            plain(VERSIONS, Channel=VERSIONS["Channel"] | {"is_private": True}),
            "`channel` is private here and not elsewhere; say `is_private` there too",
        ),
        (twice(CHANGES, VERSIONS), "told in two ways (changes, versions)"),
        (
            twice(CHANGES, CHANGES | {"Old": {"role": "old_value"}}),
            "told in two ways (changes, changes with old values)",
        ),
        (
            wide_mapping({"X": {"role": "property", "name": "x", "known": "history"}}),
            "`x` has `known: history`, but no file tells it",
        ),
        (
            plain(CHANGES) | {"shape": "wide", "order": "none", "events": {}},
            "files.history: shape `wide` looks at a lead once",
        ),
    ],
)
def test_contradictions_are_refused_with_their_line(tmp_path, mapping, says):
    path = tmp_path / "source.yaml"
    path.write_text(json.dumps(mapping, indent=1))  # JSON is YAML
    with pytest.raises(InputError) as stop:
        load_mapping(path)
    assert says in str(stop.value)
    assert stop.value.row is not None


def test_histories_of_one_form_may_come_from_several_files():
    mapping = SourceMapping.model_validate(twice(CHANGES, CHANGES))
    assert [file.path for file in mapping.feeding("changes")] == ["history.csv", "more.csv"]


def test_the_examples_of_the_docs_are_mappings():
    said = (ROOT / "docs/data.md").read_text("utf-8")
    files = yaml.safe_load("".join(re.findall(r"```yaml\n(.*?)```", said, flags=re.DOTALL)))
    forms = {name: form_of(File.model_validate(file)) for name, file in files.items()}
    assert forms == {"history": "changes with old values", "versions": "versions"}
