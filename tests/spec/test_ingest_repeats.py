"""Rows of events that say the same twice: they count as exported, or once where the mapping says so."""

from pathlib import Path

import pytest

from leadscore.adapters.ingest.reading import read_export
from leadscore.domain.mapping import SourceMapping
from tests import exports

TWICE = """Lead,Time,What
a,2024-01-03T08:00:00Z,Mail opened
a,2024-01-03T08:00:00Z,Mail opened
a,2024-01-03T08:00:01Z,Mail opened
a,2024-01-03T08:00:00Z,Demo asked
"""


def kept(export):
    return export.events["type"].tolist(), [w for w in export.warnings if "repeat" in w]


def test_by_default_an_action_counts_as_often_as_it_is_exported(tmp_path):
    types, warned = kept(exports.read(tmp_path, events=TWICE))
    assert types == ["demo_request", "email_opened", "email_opened", "email_opened"]
    assert warned == []


@pytest.mark.parametrize("held_rows", [1000, 1], ids=["in memory", "on disk"])
def test_declared_so_identical_rows_count_once_and_are_told(tmp_path, held_rows):
    exports.read(tmp_path, events=TWICE)  # writes the files
    mapping = SourceMapping.model_validate(exports.plain_mapping(repeats="drop_identical"))
    export = read_export(mapping, tmp_path, mapping_file=Path("small.yaml"), held_rows=held_rows)
    types, warned = kept(export)
    assert types == ["demo_request", "email_opened", "email_opened"]
    assert warned == [
        "events: 1 rows repeat another one in every column and went (mapping: repeats: drop_identical)"
    ]
