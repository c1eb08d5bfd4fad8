"""Bad input at the real command line: one line, the documented exit code, nothing half-written."""

import json
import shutil

import lightgbm
import pandas as pd
import pytest

from leadscore.adapters.sealed import sealed
from tests.end_to_end.project import (
    edit,
    leadscore,
    leadscore_process,
    line_of,
    project,
    simulated,
    tree,
)
from tests.end_to_end.spoilers import (
    a_file_instead,
    cut,
    flipped,
    gone,
    header_only,
    renamed,
    replaced,
)

INPUT, GATE = 2, 4
pytestmark = pytest.mark.xdist_group("bad input")

LEADS, DEALS = "data/raw/demo/leads.csv", "data/raw/demo/deals.csv"
GRID, DECISIONS = "config/grids/combined.yaml", "config/decisions.yaml"
SNAPSHOTS, MODEL, MANIFEST = (
    "data/snapshots/snapshots.parquet",
    "models/bundle/model.txt",
    "models/bundle/manifest.json",
)


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """Return a project of 300 simulated leads in which every stage has run."""
    root = project(tmp_path_factory.mktemp("whole") / "project")
    simulated(root, n_leads=300)
    assert leadscore(root, "run").code == 0
    return root


@pytest.fixture
def root(whole, tmp_path):
    """Return a copy of that project, to be spoilt."""
    return shutil.copytree(whole, tmp_path / "project")


def is_one_line(ended, code, *words):
    assert ended.code == code, ended
    assert ended.out == ""
    assert ended.err.startswith("leadscore: ")
    assert ended.err.endswith("\n")
    assert len(ended.err.splitlines()) == 1, ended.err
    assert "Traceback" not in ended.err
    assert [word for word in words if word not in ended.err] == [], ended.err


def refused(root, arguments, code, *words, run=leadscore):
    """Run a command that must end in one line with these words and leave the project as it is."""
    before = tree(root)
    ended = run(root, *arguments.split())
    is_one_line(ended, code, *words)
    assert tree(root) == before


EXPORTS = {
    "missing folder": (gone("data/raw/demo"), "data/raw/demo missing-folder", "source.raw_dir"),
    "missing file": (
        renamed(DEALS, "data/raw/demo/deal.csv"),
        "deals.csv missing-file",
        "'deal.csv'",
    ),
    "missing column": (
        replaced(LEADS, "Channel", "Chanel", 1),
        "leads.csv:1:Channel missing-column",
        "did you mean 'Chanel'?",
    ),
    "wrong separator": (replaced(DEALS, ",", ";"), "deals.csv:1 wrong-separator", 'separator: ";"'),
    "empty file": (cut(DEALS, 0), "deals.csv empty-file", "0 bytes"),
    "empty leads": (cut(LEADS, 0), "leads.csv empty-file", "0 bytes"),
    "header only": (header_only(LEADS), "leads.csv no-rows", "export it again"),
    "header only in a side table": (header_only(DEALS), "deals.csv no-rows", "export it again"),
    "times without a zone": (
        replaced(LEADS, "Z", ""),
        "leads.csv:2:Created naive-time",
        "declare `zone`",
    ),
    "unknown statuses": (
        replaced(DEALS, ",Lost,", ",Gone,"),
        "deals.csv",
        "unknown-status",
        "max_reject_share",
    ),
}
SETTINGS = {
    "unknown params key": (
        "train",
        replaced("params.yaml", "horizon_days:", "horizon_dais:"),
        f"line {line_of('horizon_days')}: label.horizon_dais: unknown key; did you mean 'horizon_days'?",
    ),
    "params missing": ("train", gone("params.yaml"), "params.yaml missing-file"),
    "thresholds reversed in params": (
        "score",
        replaced("params.yaml", "{hot: 65, warm: 50}", "{hot: 50, warm: 65}"),
        f"params.yaml:{line_of('initial')} bad-settings: thresholds.initial: thresholds reversed",
    ),
    "thresholds reversed in a decision": (
        "score",
        replaced(DECISIONS, "hot: 65", "hot: 45"),
        "decisions.yaml:4 bad-decisions",
        "hot (45) must be above warm (50)",
    ),
    "unknown profile": (
        "--profile bpic2021 train",
        lambda root: None,
        "profiles/bpic2021.yaml missing-file",
        "did you mean 'bpic2012.yaml'?",
    ),
    "unknown source": (
        "ingest",
        replaced("params.yaml", "name: demo ", "name: domo "),
        "sources/domo.yaml missing-file",
        "did you mean 'demo.yaml'?",
    ),
    "unknown grid file": (
        "snapshot",
        replaced("params.yaml", "combined.yaml", "combine.yaml"),
        "grids/combine.yaml missing-file",
        "did you mean 'combined.yaml'?",
    ),
    "unknown grid key": (
        "snapshot",
        replaced(GRID, "points:", "point:", 1),
        "combined.yaml",
        "unknown key; did you mean 'points'?",
    ),
}
OUTPUTS = {
    "snapshot before ingest": ("snapshot", gone("data/tables"), "run `leadscore ingest` first"),
    "train before snapshot": ("train", gone("data/snapshots"), "run `leadscore snapshot` first"),
    "evaluate before train": ("evaluate", gone("models/evidence"), "run `leadscore train` first"),
    "score before train": ("score", gone("models/bundle"), "run `leadscore train` first"),
    "review before evaluate": (
        "review",
        gone("reports/evaluation"),
        "run `leadscore evaluate` first",
    ),
    "review without a bundle": ("review", gone("models/bundle"), "run `leadscore train` first"),
    "show before review": ("show", gone("reports/review"), "run `leadscore review` first"),
    "truth of real data": ("truth", gone("data/truth"), "only simulated data has a known truth"),
    "damaged table": ("train", flipped(SNAPSHOTS), "damaged-table", "checksum"),
    "half a table": ("train", cut(SNAPSHOTS, 0.5), "damaged-table", "`leadscore snapshot`"),
    "damaged report of the ingest": (
        "snapshot",
        cut("data/tables/ingest.json", 0.5),
        "bad-json",
        "`leadscore ingest`",
    ),
    "truncated manifest": ("score", cut(MANIFEST, 0.5), "manifest.json bad-json", "train"),
    "model file gone": ("score", gone(MODEL), "model.txt bundle-damaged", "missing"),
    "a file for tables": ("ingest", a_file_instead("data/tables"), "data/tables folder-in-use"),
    "a file for the bundle": ("train", a_file_instead("models/bundle"), "folder-in-use", "bundle"),
    "a file for scores": ("score", a_file_instead("data/issued"), "data/issued folder-in-use"),
    "a file for all reports": ("evaluate", a_file_instead("reports"), "reports folder-in-use"),
}


@pytest.mark.parametrize(("spoil", "words"), [(s, w) for s, *w in EXPORTS.values()], ids=EXPORTS)
def test_an_export_that_is_not_as_declared_is_one_line(root, spoil, words):
    spoil(root)
    refused(root, "ingest", INPUT, *words)
    assert (root / "data/tables/ingest.json").exists(), "the last good tables stand"


@pytest.mark.parametrize(
    ("command", "spoil", "words"), [(c, s, w) for c, s, *w in SETTINGS.values()], ids=SETTINGS
)
def test_settings_that_cannot_be_are_one_line(root, command, spoil, words):
    spoil(root)
    refused(root, command, INPUT, *words)


@pytest.mark.parametrize(
    ("command", "spoil", "words"), [(c, s, w) for c, s, *w in OUTPUTS.values()], ids=OUTPUTS
)
def test_missing_or_damaged_outputs_are_one_line_that_says_what_to_run(root, command, spoil, words):
    spoil(root)
    refused(root, command, INPUT, *words)


@pytest.mark.parametrize("written", ["yesterday", "2026-13-01", "29.06.2026", "now", "NaT", ""])
def test_an_as_of_that_is_no_iso_date_is_refused(root, written):
    """Also `now`: a score is of a date that can be written down."""
    before = tree(root)
    ended = leadscore(root, "score", "--as-of", written)
    is_one_line(ended, INPUT, f"bad-date: --as-of {written!r}", "2026-06-29")
    assert tree(root) == before


def test_before_the_first_lead_nobody_is_open(root):
    refused(
        root, "score --as-of 2019-01-07", GATE, "no-open-leads: none of 300 leads", "2019-01-07"
    )


def test_a_history_of_losses_only_stops_the_training(root):
    replaced(DEALS, ",Won,", ",Lost,")(root)
    assert leadscore(root, "ingest").code == 0
    assert leadscore(root, "snapshot").code == 0
    refused(root, "train", GATE, "one-class: 0 won", "nothing to learn", "`statuses`")


def test_a_history_shorter_than_the_horizon_stops_the_training(root):
    edit(root, horizon_days="1000")
    assert leadscore(root, "snapshot").code == 0
    refused(root, "train", GATE, "no-matured-rows", "label.horizon_days")


def test_a_column_that_tells_the_outcome_stops_before_any_snapshot(root):
    """The channel is overwritten when the deal closes."""
    leads, deals = pd.read_csv(root / LEADS, dtype=str), pd.read_csv(root / DEALS, dtype=str)
    status = leads["Lead ID"].map(deals.set_index("Lead ID")["Status"])
    leads.assign(Channel=status).to_csv(root / LEADS, index=False)
    assert leadscore(root, "ingest").code == 0
    refused(root, "snapshot", GATE, "leakage: channel: answers alone", "leakage.allow")


def test_an_export_older_than_the_last_scores_is_refused_unless_its_date_is_given(root):
    """The last scores are set a day ahead, as if the export of yesterday had come again."""
    (issued,) = root.glob("data/issued/as_of=*")
    manifest = next(issued.glob("run=*/MANIFEST.json"))
    plain = json.loads(manifest.read_text("utf-8"))
    moment = pd.Timestamp(plain["inputs"]["as_of"])
    plain["inputs"]["as_of"] = str(moment + pd.Timedelta(days=1))
    manifest.write_text(sealed(plain), "utf-8")
    issued.rename(issued.with_name(f"as_of={moment + pd.Timedelta(days=1):%Y-%m-%d}"))
    asked = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    refused(root, "score", INPUT, "clock-behind", f"--as-of {asked}")
    assert leadscore(root, "score", "--as-of", asked).code == 0


def test_numbers_in_another_unit_than_in_training_stop_the_night(root):
    firms = pd.read_csv(root / "data/raw/demo/companies.csv", dtype=str)
    sized = firms.assign(Employees=firms["Employees"].where(firms["Employees"].isna(), "1000000"))
    sized.to_csv(root / "data/raw/demo/companies.csv", index=False)
    assert leadscore(root, "ingest").code == 0
    refused(root, "score", GATE, "firm_employees other-unit", "in training")


@pytest.fixture
def parsed(monkeypatch):
    """Return the list that fills with a note for every text LightGBM is given."""
    notes, booster = [], lightgbm.Booster.__init__

    def noted(self, *arguments, **named):
        notes.append(named)
        booster(self, *arguments, **named)

    monkeypatch.setattr(lightgbm.Booster, "__init__", noted)
    return notes


@pytest.mark.parametrize("member", ["model.txt", "encoder.json", "golden.json", "grid.yaml"])
def test_a_flipped_bit_is_found_before_lightgbm_sees_the_bundle(root, parsed, member):
    """Damaged model text kills the process that parses it, so hashes are checked first."""
    flipped(f"models/bundle/{member}")(root)
    refused(root, "score --as-of 2026-03-02", INPUT, f"bundle/{member} bundle-damaged", "sha256")
    assert parsed == []


def test_a_whole_bundle_is_parsed(root, parsed):
    """The counterpart: the spy above would see it."""
    assert leadscore(root, "score", "--as-of", "2026-03-02").code == 0
    assert parsed != []


def test_a_damaged_partition_of_issued_scores_is_refused_and_kept(root):
    issued = next(root.glob("data/issued/as_of=*/run=*/crm.csv"))
    flipped(issued.relative_to(root))(root)
    refused(root, "score", INPUT, "crm.csv issued-damaged", "delete this partition")


def test_a_process_of_its_own_survives_a_damaged_model(root):
    cut(MODEL, 0.5)(root)
    refused(root, "score", INPUT, "model.txt bundle-damaged", run=leadscore_process)


def test_a_process_of_its_own_says_which_folder_is_missing(root):
    gone("data/raw/demo")(root)
    refused(root, "run", INPUT, "data/raw/demo missing-folder", run=leadscore_process)


def test_a_full_disk_is_one_line_and_leaves_the_old_tables(root):
    """No file may grow beyond 40 kB here, as if the disk were full in the middle of the events."""
    refused(root, "ingest", INPUT, "disk-refused", "make room", run=with_little_room)


def with_little_room(root, *arguments):
    return leadscore_process(root, *arguments, max_file_bytes=40_000)
