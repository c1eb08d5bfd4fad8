"""Floor 4, the only floor that touches disk, MLflow and engines. May import every floor below."""
