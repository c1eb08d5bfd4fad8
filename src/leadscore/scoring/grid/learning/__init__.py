"""A manual grid learned from outcomes: evidence of its rules, better points, new criteria, a dated proposal.

May import `scoring.grid`'s other rooms, of `scoring` what both opinions share (`line`, `calibration`,
`scale`), and `metrics`, `history`, `domain`. It knows nothing of the model and decides nothing:
people sign.
"""
