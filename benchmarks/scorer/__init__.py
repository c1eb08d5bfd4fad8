"""What a night costs: a million open leads with their reasons, beside LightGBM's own ways."""
