"""Floor 0, words: errors, settings, mappings and table schemas. Imports nothing of ours."""
