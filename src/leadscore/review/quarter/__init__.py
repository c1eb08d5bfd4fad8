"""The look back at one quarter: scores as they were given out, against what became of the leads.

Pure: tables in, tables out. May import `scoring`, `metrics`, `history` and `domain`.
"""
