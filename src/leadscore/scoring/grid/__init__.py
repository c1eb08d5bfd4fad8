"""The manual grid: read, evaluated at any date, explained, compared, learned. It knows nothing of the model.

May import `metrics`, `history`, `domain`, and of `scoring` only what both opinions share (`line`).
"""

from leadscore.scoring.grid.points import GridScore, evaluate, levels, tiers
from leadscore.scoring.grid.reading import dated, parse_grid, to_plain

__all__ = [
    "GridScore", "dated", "evaluate", "levels", "parse_grid", "tiers", "to_plain",
]  # fmt: skip
