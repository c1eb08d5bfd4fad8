"""What a grid may say and yet may not mean: warnings that need no history, one line each.

It stops nothing. A grid is judged on leads by the lint.
"""

from __future__ import annotations

from leadscore.domain.rules import Grid


def cautions(grid: Grid) -> tuple[str, ...]:
    """Warn of groups that can fall below zero without a floor.

    The total is clipped to 0..100 at the end, and only there: a group below zero takes points off
    the other one first. `floors` says where it stops.
    """
    told = []
    for group in ("fit", "engagement"):
        taken = sum(
            rule.points * (rule.each_time.max if rule.each_time else 1)
            for rule in grid.rules
            if rule.group == group and rule.points < 0 and rule.in_force(grid.version)
        )
        if taken < 0 and getattr(grid.floors, group) is None:
            other = "engagement" if group == "fit" else "fit"
            told.append(
                f"floors.{group}: no floor, and rules that take up to {-taken} points; below 0 they "
                f"are taken off {other} (the total is never below 0) — `floors: {{{group}: 0}}` "
                "stops that"
            )
    return tuple(told)
