"""A project with a proposal to sign: files stand for evidence and bundle, since only their hashes count here."""

from leadscore.adapters import approving
from leadscore.adapters.basis import basis_of
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.params import load_settings
from leadscore.adapters.decisions import FILE, decision_in_force, signed_decisions
from leadscore.adapters.files import to_json
from leadscore.adapters.signature import Signature
from leadscore.domain.settings import Thresholds
from leadscore.metrics import Figure
from leadscore.review.proposal import Proposal
from leadscore.review.verdicts import CHANGE, NO_CHANGE, Cut
from tests.end_to_end.project import project

DAY = "2026-07-01"
PROPOSAL = "reports/review/proposal.json"
FILES = {
    "models/evidence/evidence.parquet": "looks",
    "models/bundle/manifest.json": to_json(
        {"opinion": "model", "observed_until": "2026-06-28T23:34:16+00:00"}
    ),
}


def trained_project(root):
    """Return the folders of a project whose training has run, as far as a signature asks."""
    project(root)
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return Workspace(root, root)


def settings_of(workspace):
    return load_settings(workspace.config / "params.yaml")


def propose(workspace, *, hot=None, warm=None, effect=()):
    """Write a proposal that moves the thresholds named; return its path."""
    settings = settings_of(workspace)
    decision = decision_in_force(workspace.config, settings, as_of=None)
    cuts = {"hot": (decision.hot, hot), "warm": (decision.warm, warm)}
    judged = {
        tier: Cut(
            tier, at, at if to is None else float(to), NO_CHANGE if to is None else CHANGE,
            "a test", None, Figure(60.0, 58.0, 62.0, 400, 40), None, None,
        )
        for tier, (at, to) in cuts.items()
    }  # fmt: skip
    moves = CHANGE in {cut.verdict for cut in judged.values()}
    proposal = Proposal(
        as_of=None, method="value", verdict=CHANGE if moves else NO_CHANGE, sentence="A test.",
        hot=judged["hot"], warm=judged["warm"],
        considered=Thresholds(hot=judged["hot"].proposed, warm=judged["warm"].proposed),
        curve=None, n_leads=400, n_won=40, n_looks=900, effect=effect, migration=(),
        settings=settings.thresholds, basis=basis_of(workspace, settings, decision.id),
    )  # fmt: skip
    path = workspace.root / PROPOSAL
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(proposal.to_json(), "utf-8")
    return path


def approved(workspace, path, *, by="Ann", reason="a test", on=DAY, only=None):
    signature = Signature(by, reason, on)
    return approving.approve(workspace, settings_of(workspace), path, signature, only=only)


def reverted(workspace, *, by="Bob", reason="a test", on=DAY):
    return approving.revert(workspace, settings_of(workspace), Signature(by, reason, on))


def in_force(workspace):
    """Return id, hot and warm of the last decision."""
    now = decision_in_force(workspace.config, settings_of(workspace), as_of=None)
    return now.id, now.hot, now.warm


def decisions_file(workspace):
    return workspace.config / FILE


def ids(workspace):
    return [each.id for each in signed_decisions(workspace.config)]
