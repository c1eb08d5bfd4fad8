"""Floor 2, scoring: features to score, tier and reasons. May import `metrics`, `history`, `domain`.

`grid` and `model` do not know each other: two independent opinions, or their comparison is worthless.
"""
