"""Floor 3, the way out: scores as rows a CRM can take. May import `scoring` and below."""
