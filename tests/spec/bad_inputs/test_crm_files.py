"""Bad inputs 196 to 203: no scores, no such CRM, folders and disks that refuse, leads no CRM finds."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from leadscore.adapters import crm_files as room
from leadscore.adapters.crm_files import delivery, write_crm_files
from leadscore.domain.crm_systems import CRMS, crm_named
from tests.bad_inputs import stops
from tests.crm import issue, issued, nights
from tests.end_to_end.project import leadscore, leadscore_process, project, tree
from tests.fakes import utc

CRM = CRMS["hubspot"]


@pytest.fixture
def root(tmp_path):
    root = project(tmp_path / "project")
    nights(root)
    return root


def newest(root, **keys):
    return delivery(root / "data/issued", **({"day": None, "changed_only": False} | keys))


def write(root, **keys):
    return write_crm_files(newest(root, **keys), CRM, root / "data/crm")


def test_196_without_issued_scores_it_stops_and_the_days_there_are_told(root, tmp_path):
    nothing = tmp_path / "nothing"
    error = stops(
        "no-issued-scores", newest, nothing, place=(str(nothing / "data/issued"), None, None)
    )
    assert "leadscore score" in error.fix
    error = stops(
        "no-issued-scores", newest, root, day=utc("2026-03-04"), place=(None, None, "--as-of")
    )
    assert "2026-03-02, 2026-03-03" in str(error)


def test_196_no_file_is_made(root, tmp_path):
    other = project(tmp_path / "other")
    ended = leadscore(other, "crm-files", "--all")
    assert (ended.code, "no-issued-scores" in ended.err) == (2, True)
    assert not (other / "data/crm").exists()


@pytest.mark.parametrize("name", ["hubspott", "sap", "", "hubspot,zoho"])
def test_197_an_unknown_crm_stops_and_the_known_ones_are_told(root, name):
    error = stops("unknown-crm", crm_named, name, place=(None, None, "--to"))
    assert all(known in error.fix for known in CRMS)
    before = tree(root)
    ended = leadscore(root, "crm-files", "--to", "odoo", "--to", name)
    assert (ended.code, tree(root)) == (2, before)


def test_197_no_crm_named_stops(root):
    ended = leadscore(root, "crm-files")
    assert ended.code == 2
    assert "no-crm" in ended.err
    assert all(known in ended.err for known in CRMS)


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_198_damaged_scores_stop_also_those_compared_with(root, damage):
    first, second = sorted((root / "data/issued").glob("as_of=*/run=*"))
    scores = first / "scores.parquet"
    content = scores.read_bytes()
    scores.unlink()
    if damage == "changed":
        scores.write_bytes(content[:-1] + b"?")
    stops("issued-damaged", write, root, changed_only=True, place=(str(scores), None, None))
    assert not (root / "data/crm").exists()
    assert write(root).manifest["inputs"]["partition"]["folder"].endswith(second.name)


def in_a_mount(root, options, *arguments):
    """Run the command with a small file system of its own as the folder of the files."""
    if (
        shutil.which("unshare") is None
        or subprocess.run(["unshare", "-rm", "true"], check=False).returncode
    ):
        pytest.skip("needs user namespaces")
    out = root / "mounted"
    out.mkdir()
    program = str(Path(sys.executable).with_name("leadscore"))
    command = shlex.join([program, "--root", str(root), "crm-files", "--out", str(out), *arguments])
    place = shlex.quote(str(out))
    script = (
        f"mount -t tmpfs -o {options} tmpfs {place} && "
        f"{{ {command}; code=$?; find {place} -mindepth 1 >&2; exit $code; }}"
    )
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_199_a_folder_that_may_not_be_written_stops(root):
    ended = in_a_mount(root, "ro", "--to", "hubspot")
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert "disk-refused" in line
    assert "Read-only file system" in line
    assert str(root / "mounted/hubspot") in line
    assert "check who may write" in line


def test_199_a_file_in_the_way_stops(root):
    (root / "data/crm").write_text("mine")
    stops("folder-in-use", write, root, place=(str(root / "data/crm"), None, None))
    assert (root / "data/crm").read_text() == "mine"


def test_200_a_full_disk_stops_and_leaves_nothing(root):
    many = [{"reasons_for": "x" * 60_000}] * 20  # 1.2 MB where 64 kB are free
    issue(root, issued(*({**lead, "as_of": utc("2026-03-05")} for lead in many)))
    ended = in_a_mount(root, "size=64k", "--to", "hubspot")
    assert ended.returncode == 2, ended.stderr
    (line,) = ended.stderr.splitlines()  # `find` saw no file and no folder
    assert "disk-refused" in line
    assert "No space left on device" in line
    assert str(root / "mounted/hubspot") in line


def test_200_after_a_quota_was_reached_the_next_run_makes_the_same_files(root):
    ended = leadscore_process(root, "crm-files", "--to", "hubspot", max_file_bytes=512)
    assert (ended.code, "disk-refused" in ended.err) == (2, True), ended.err
    assert not (root / "data/crm").exists()
    assert write(root).manifest["rows"] == 3


@pytest.mark.parametrize("key", ["", " ", "x" * 256])
def test_201_a_lead_that_no_crm_finds_stops(root, key):
    issue(root, issued({"as_of": utc("2026-03-05")}, {"lead_id": key, "as_of": utc("2026-03-05")}))
    stops("bad-key", write, root, place=(None, 2, "lead_id"))
    assert not (root / "data/crm").exists()


def test_201_a_row_larger_than_a_file_stops(root):
    issue(root, issued({"reasons_for": "x" * 5_000_001, "as_of": utc("2026-03-05")}))
    limit = CRMS["odoo"].__class__(**{**vars(CRMS["odoo"]), "size": 5_000_000})
    error = stops("row-too-large", write_crm_files, newest(root), limit, root / "data/crm")
    assert "lead L1" in str(error)
    assert not (root / "data/crm").exists()


def test_202_what_is_shortened_or_starts_like_a_formula_is_told_with_a_count(root):
    day = {"as_of": utc("2026-03-05")}
    long = {"reasons_against": "Opened a mail (-1); " * 200}
    issue(root, issued(day | long, day | {"lead_id": "=1+1"}, day | {"reasons_for": "@here (+1)"}))
    ended = leadscore(root, "crm-files", "--to", "zoho")
    assert ended.code == 0
    told = [line.strip() for line in ended.out.splitlines()[1:]]
    assert told == [
        "texts in `Leadscore Reasons Against` shortened to fit: 1",
        "leads whose id starts like a formula and got an apostrophe (they find no record): 1",
        "texts in `Leadscore Reasons For` that start like a formula and got an apostrophe: 1",
    ]


@pytest.mark.parametrize("damage", ["changed", "missing", "manifest", "empty", "list"])
def test_203_files_that_were_changed_stop_and_stay(root, damage):
    written = write(root)
    member = written.folder / next(iter(written.manifest["members"]))
    manifest = written.folder / "MANIFEST.json"
    if damage == "changed":
        member.write_bytes(member.read_bytes() + b"x")
    elif damage == "missing":
        member.unlink()
    elif damage == "manifest":
        manifest.unlink()
    else:
        manifest.write_text({"empty": "{}", "list": '{"members": {"a.csv": 3}}'}[damage])
    before = tree(root)
    error = stops("crm-files-damaged", write, root)
    assert "delete this folder" in error.fix
    assert tree(root) == before
    shutil.rmtree(written.folder)
    assert write(root).manifest == written.manifest


def test_203_killed_while_it_writes_no_file_is_there_and_the_next_run_makes_all(root, monkeypatch):
    """A real kill after the first bytes of a file; what lies about is hidden and no manifest."""
    child = os.fork()
    if not child:
        whole = room.pieces

        def killed(*arguments, **keys):
            for piece in whole(*arguments, **keys):
                yield piece
                os.kill(os.getpid(), signal.SIGKILL)

        monkeypatch.setattr(room, "pieces", killed)
        try:
            write(root)
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert list((root / "data/crm").rglob("run=*/MANIFEST.json")) == []
    assert [p for p in (root / "data/crm/hubspot").rglob("*.csv") if ".run=" not in str(p)] == []
    written = write(root)
    assert (written.is_new, written.manifest["rows"]) == (True, 3)
