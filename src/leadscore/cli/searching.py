"""The verb that searches for better settings of the trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadscore.cli import ground
from leadscore.cli.ground import app, opened, say

if TYPE_CHECKING:
    from leadscore.scoring.searching import Tried


@app.command()
def search() -> None:
    """Search for better settings of the trees, judge the best on later leads, write a proposal; goes on if stopped."""
    from leadscore.adapters.search.searching import search as all_of_it
    from leadscore.review import search_screen as screen

    workspace, settings = opened()

    def tell(tried: Tried) -> None:
        say(screen.trial_line(tried, n=settings.search.trials))

    found = all_of_it(workspace, settings, tell)
    ground.show(screen.trials_screen(found.outcome))
    say(f"search: {screen.sentence(found.outcome)}")
    say(f"search: {found.folder / 'proposal.yaml'} and search.json; nothing is in force")
    if found.why_not_logged is not None:
        say(
            f"  warning: NOT logged: MLflow at {found.uri} did not answer ({found.why_not_logged}); "
            "once it does, `leadscore search` again logs all trials"
        )
