"""`leadscore crm-files` on a project with two nights of issued scores."""

import json

import pytest

from leadscore.adapters.files import sha256_of
from leadscore.domain.crm_systems import CRMS
from tests.crm import nights, read
from tests.end_to_end.project import leadscore, project, tree


@pytest.fixture
def root(tmp_path):
    root = project(tmp_path / "project")
    nights(root)
    return root


def made(root, *arguments):
    """Run the command, which must end well; return its lines and every manifest by its folder."""
    ended = leadscore(root, "crm-files", *arguments)
    assert (ended.code, ended.err) == (0, ""), ended.err
    found = {
        path.parent: json.loads(path.read_text("utf-8"))
        for path in sorted((root / "data/crm").rglob("MANIFEST.json"))
    }
    return ended.out.splitlines(), found


def rows_of(folder, manifest, crm):
    return [row for name in manifest["members"] for row in read((folder / name).read_bytes(), crm)]


def test_the_newest_scores_become_files_that_the_manifest_vouches_for(root):
    (line, *_), found = made(root, "--to", "hubspot")
    ((folder, manifest),) = found.items()
    assert line == f"crm-files: HubSpot: 3 leads in 1 file -> {folder}"
    assert folder.parent == root / "data/crm/hubspot/as_of=2026-03-03"
    assert manifest["inputs"]["partition"]["folder"].startswith("as_of=2026-03-03/run=")
    assert (manifest["rows"], manifest["shortened"], manifest["escaped"]) == (3, {}, {})
    ((name, member),) = manifest["members"].items()
    path = folder / name
    assert member == {"rows": 3, "bytes": path.stat().st_size, "sha256": sha256_of(path)}
    told = [(r["lead_key"], r["tier"]) for r in rows_of(folder, manifest, CRMS["hubspot"])]
    assert told == [("L1", "hot"), ("L2", "cold"), ("L4", "warm")]


def test_all_makes_files_for_every_crm(root):
    lines, found = made(root, "--all")
    assert {folder.parent.parent.name for folder in found} == set(CRMS)
    assert [manifest["rows"] for manifest in found.values()] == [3] * len(CRMS)
    assert any("Last name" in line for line in lines)


def test_a_second_run_changes_no_byte_and_says_so(root):
    made(root, "--all")
    before = tree(root)
    lines, _ = made(root, "--to", "odoo", "--to", "odoo", "--to", "hubspot")
    assert tree(root) == before
    assert [line.split(": ")[1] for line in lines if line.startswith("crm-files")] == [
        "Odoo",
        "HubSpot",
    ]
    assert all(", made before ->" in line for line in lines if line.startswith("crm-files"))


def test_an_earlier_day_is_told_with_a_warning(root):
    (warning, line, *_), found = made(root, "--to", "zoho", "--as-of", "2026-03-02")
    ((folder, manifest),) = found.items()
    assert "later scores were issued (2026-03-03)" in warning
    assert "3 leads" in line
    keys = [row["lead_key"] for row in rows_of(folder, manifest, CRMS["zoho"])]
    assert keys == ["L1", "L2", "L3"]


def test_only_changed_leads_are_told_beside_the_whole_files(root):
    made(root, "--to", "hubspot")
    lines, found = made(root, "--to", "hubspot", "--changed-only")
    assert len(found) == 2
    ((folder, manifest),) = [(f, m) for f, m in found.items() if m["inputs"]["since"]]
    assert [r["lead_key"] for r in rows_of(folder, manifest, CRMS["hubspot"])] == ["L1", "L4"]
    assert (manifest["rows"], manifest["unchanged"], manifest["gone"]) == (2, 1, 1)
    assert "  leads left out, with nothing new to tell: 1" in lines
    assert any(line.endswith("the CRM keeps their last score): 1") for line in lines)


def test_before_the_first_scores_everything_is_new(root):
    (line, *_), found = made(root, "--to", "sage", "--changed-only", "--as-of", "2026-03-02")
    assert line == "crm-files: no scores were issued before these, so every lead is told"
    ((_, manifest),) = found.items()
    assert (manifest["rows"], manifest["inputs"]["since"]) == (3, None)


def test_another_folder_gets_the_same_files(root, tmp_path):
    made(root, "--to", "mautic")
    ended = leadscore(root, "crm-files", "--to", "mautic", "--out", str(tmp_path / "out"))
    assert ended.code == 0
    assert tree(tmp_path / "out/mautic") == tree(root / "data/crm/mautic")


def test_the_fields_to_create_are_shown_and_nothing_is_written(root):
    before = tree(root)
    ended = leadscore(root, "crm-files", "--fields", "salesforce")
    assert ended.code == 0
    for said in ("Leadscore_Tier__c", "Picklist", "hot, warm, cold", "Text Area (Long)", "Id"):
        assert said in ended.out
    assert tree(root) == before


def test_files_of_the_day_are_not_taken_for_issued_scores(root):
    """The folder of files is none of issued scores: the newest partition stays the newest."""
    made(root, "--all")
    _, found = made(root, "--to", "hubspot")
    assert {m["inputs"]["as_of"] for m in found.values()} == {"2026-03-03 06:30:15+00:00"}
