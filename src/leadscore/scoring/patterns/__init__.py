"""Exact contributions of trees from tables: what a leaf says depends only on which conditions hold."""
