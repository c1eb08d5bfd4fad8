"""A first look at an unknown export, and a first mapping of it.

May import `rows`, `cells` and `config`.
"""
