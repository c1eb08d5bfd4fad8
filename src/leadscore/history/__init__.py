"""Floor 1, time: what was known of a lead at `as_of`. May import `leadscore.domain` only."""
