"""How long an event keeps its worth: half-lives by type, learned from outcomes, beside the grid's own.

May import `history`, `metrics`, `domain` and `scoring.grid`'s rules. It proposes and changes nothing.
"""
