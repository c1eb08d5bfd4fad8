"""From the rows of an export to the tables: every row kept, refused or counted.

May import `rows`, `cells` and `files`.
"""
