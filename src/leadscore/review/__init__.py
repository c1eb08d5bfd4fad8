"""Floor 3, the look back: evidence, threshold proposal, report. May import `scoring` and below."""
