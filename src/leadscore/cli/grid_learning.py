"""Verbs that learn a manual grid from outcomes."""
