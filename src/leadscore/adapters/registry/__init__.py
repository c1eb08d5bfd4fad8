"""The registry: signed champions, their local copies, and what MLflow knows of them.

May import `adapters.bundle`, `adapters.catalog`, `adapters.config`, `adapters.files`, `adapters.issued`,
`adapters.tracking`, `review`, `scoring` and below. What counts is the signed record
`config/champions/SOURCE.yaml` and the copy it names by hash; MLflow's aliases follow it and decide
nothing. Scoring asks MLflow only for a copy that is lost.
"""
