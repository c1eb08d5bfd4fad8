"""A project with a proposal for its grid to sign: some rules changed by hand stand for learning."""

from datetime import date

from leadscore.adapters.config.grids import read_grid
from leadscore.adapters.files import to_json
from leadscore.adapters.grid_approving import approve_grid, grid_basis_of, revert_grid
from leadscore.adapters.grid_proposals import how_to_sign, write_signable
from leadscore.adapters.signature import Signature
from leadscore.domain.rules import Decay
from tests.signoffs import DAY, settings_of, trained_project

GRID = "config/grids/combined.yaml"
PROPOSED = "config/grids/proposals/combined-2026-06-28.yaml"
LEARNED_ON = date(2026, 6, 28)
ALL = [
    "target_sector: points +20 -> none",
    "industry: points none -> +15 (Industry: Software)",
]
FILES = {
    "data/snapshots/snapshots.parquet": "looks",
    "data/tables/ingest.json": to_json({"observed_until": "2026-06-28T23:34:16+00:00"}),
}


def project_with_grid(root):
    """Return the folders of a project whose training has run, as far as a signature on a grid asks."""
    workspace = trained_project(root)
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return workspace


def grid_of(workspace):
    return read_grid(workspace.config / GRID)


def learned(old, *, day=LEARNED_ON):
    """Return the old grid as learning would change it.

    A demo counts 30 instead of 50 and fades with a half-life of 6 days, pricing counts 25, firms are
    judged by two rules on the industry instead of the target sector, and hot begins at 60.
    """
    rules = {rule.id: rule for rule in old.rules}
    demo, pricing, sector = rules["demo_request"], rules["pricing_view"], rules["target_sector"]
    begun = {"from_": day, "until": None}
    of_industry = [
        sector.model_copy(
            update=begun
            | {"id": f"industry_{n}_{day:%Y%m%d}", "points": points, "words": sector.words}
        )
        for n, points in ((1, 15), (2, 5))
    ]
    after = {
        "demo_request": demo.model_copy(
            update=begun
            | {
                "id": f"demo_request_{day:%Y%m%d}",
                "points": 30,
                "decay": Decay(kind="half_life", days=6),
            }
        ),
        "pricing_view": pricing.model_copy(
            update=begun | {"id": f"pricing_view_{day:%Y%m%d}", "points": 25}
        ),
    }
    new = []
    for rule in old.rules:
        is_over = rule.id in (*after, "target_sector")
        new.append(rule.model_copy(update={"until": day}) if is_over else rule)
        new += [after[rule.id]] if rule.id in after else []
    bands = old.bands.model_copy(update={"hot": 60})
    return old.model_copy(
        update={
            "version": day,
            "rules": [*new, *of_industry],
            "bands": bands,
            "description": f"{old.description} Points learned.",
        }
    )


def propose_grid(workspace, *, new=None, path=PROPOSED):
    """Write a proposal for the project's grid; return its path."""
    old = grid_of(workspace)
    proposed = learned(old) if new is None else new
    basis = grid_basis_of(workspace, settings_of(workspace), workspace.config / GRID)
    page = how_to_sign(old, proposed, workspace.config / path)
    return write_signable(workspace.config / path, proposed, page, basis)[0]


def grid_approved(workspace, path, *, by="Ann", reason="a test", on=DAY, only=()):
    signature = Signature(by, reason, on)
    return approve_grid(workspace, settings_of(workspace), path, signature, only=only)


def grid_reverted(workspace, *, by="Bob", reason="a test", on=DAY):
    return revert_grid(workspace, settings_of(workspace), Signature(by, reason, on))
