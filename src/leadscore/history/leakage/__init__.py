"""The leakage gate and the checks behind it. May import the rest of `history`, and `domain`."""
