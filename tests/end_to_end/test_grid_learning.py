"""`leadscore grid learn` by the real command line, on a simulated CRM's raw export."""

import pytest

from leadscore.adapters.config.grids import read_grid
from tests.end_to_end.project import leadscore, project, simulated

pytestmark = pytest.mark.xdist_group("grid_learning")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    home = project(tmp_path_factory.mktemp("learn") / "project", won_leads="20", every_days="28")
    simulated(home, n_leads=3000)
    for verb in ("ingest", "snapshot"):
        assert leadscore(home, verb).code in (0, 3)
    return home


def test_a_proposal_is_written_beside_the_grid_and_never_over_another(root):
    before = (root / "config/grids/combined.yaml").read_bytes()
    ended = leadscore(root, "grid", "learn")
    assert ended.code == 0, ended.err
    assert "hand-written" in ended.out
    (written,) = (root / "config/grids/proposals").glob("combined-*.yaml")
    assert read_grid(written).version.isoformat() in written.name
    assert written.with_suffix(".md").is_file()
    assert (root / "config/grids/combined.yaml").read_bytes() == before
    signed = written.read_bytes()
    again = leadscore(root, "grid", "learn")
    assert again.code != 0
    assert "file-exists" in again.err
    assert written.read_bytes() == signed
