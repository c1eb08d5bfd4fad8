"""How well thresholds follow quarters whose chances are known: ours against the usual ways."""
