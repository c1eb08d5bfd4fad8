"""Floor 4, the search for better settings of the trees: Optuna's study, MLflow's runs, the proposal.

May import the other rooms of `adapters` and the floors below; Optuna stands in `study` only.
"""
