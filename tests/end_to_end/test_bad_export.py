"""Bad exports at the real command line: exit code, one line, and what stands on disk afterwards.

One outcome of each kind; what each bad input gets is told in tests/spec/bad_inputs.
"""

import pandas as pd
import pytest
import yaml

from tests.end_to_end.project import edit, leadscore, project, tree
from tests.exports import DEALS, EVENTS, LEADS, plain_mapping, text_of

INPUT, REJECTS, GATE = 2, 3, 4
pytestmark = pytest.mark.xdist_group("bad export")


@pytest.fixture
def root(tmp_path):
    """Return a project whose source is an export of three small files."""
    home = project(tmp_path / "project")
    edit(home, name="small", raw_dir="data/raw/small")
    mapping = plain_mapping(max_reject_share=0.5, max_orphan_share=0.05)
    text_of(home / "config/sources/small.yaml", yaml.safe_dump(mapping, sort_keys=False))
    (home / "data/raw/small").mkdir(parents=True)
    for name, content in (("leads", LEADS), ("events", EVENTS), ("deals", DEALS)):
        text_of(home / f"data/raw/small/{name}.csv", content)
    return home


def spoil(root, name, content):
    text_of(root / f"data/raw/small/{name}.csv", content)


def refused(root, code, *words):
    """`ingest` ends in one line with these words, and the project is as before."""
    before = tree(root)
    ended = leadscore(root, "ingest")
    assert (ended.code, ended.out) == (code, "")
    (line,) = ended.err.splitlines()
    assert line.startswith("leadscore: ")
    assert [word for word in words if word not in line] == []
    assert tree(root) == before


def test_a_sound_export_is_taken(root):
    assert leadscore(root, "ingest").code == 0


def test_003_an_error_is_one_line_with_exit_code_2_and_nothing_is_written(root):
    spoil(root, "leads", LEADS.replace("fair", "café").encode("cp1252"))
    refused(root, INPUT, "leads.csv:3 bad-encoding: byte 72 (e9)", "encoding: cp1252")


def test_004_the_last_good_tables_stand(root):
    assert leadscore(root, "ingest").code == 0
    spoil(root, "deals", DEALS.replace(",", ";"))
    refused(root, INPUT, "deals.csv:1 wrong-separator", 'separator: ";"')


def test_037_a_gate_ends_with_exit_code_4(root):
    spoil(root, "events", EVENTS.replace("b,", "zz,"))
    refused(root, GATE, "events.csv:3:Lead orphan-rows: 1 of 2 rows", "max_orphan_share (0.05)")


def test_051_refused_rows_end_with_exit_code_3_and_are_kept_with_their_reason(root):
    spoil(root, "events", EVENTS + "a,2024-02-30T08:00:00Z,Mail opened\n")
    ended = leadscore(root, "ingest")
    assert ended.code == REJECTS
    assert "1 rows refused" in ended.out + ended.err
    (row,) = pd.read_parquet(root / "data/tables/rejected.parquet").to_dict("records")
    assert (row["file"], row["line"], row["column"]) == ("events.csv", 4, "Time")
    assert (row["code"], row["value"]) == ("bad-time", "2024-02-30T08:00:00Z")
    assert leadscore(root, "ingest", "--rejects-ok").code == 0


def test_077_a_warning_is_told_and_changes_no_exit_code(root):
    spoil(root, "leads", "\n".join(f"{row},x" for row in LEADS.splitlines()))
    ended = leadscore(root, "ingest")
    assert ended.code == 0
    assert "warning: leads.csv: columns not in the mapping are not read: x" in ended.out + ended.err
