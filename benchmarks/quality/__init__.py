"""How good the scores are: the blend beside its parts and its peers, on the same rows, in one run."""
