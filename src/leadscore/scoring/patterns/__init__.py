"""Exact contributions of trees from tables: what a leaf says depends only on which conditions hold.

May import `history.compiled` alone: it knows no lead, no feature and no word.
"""
