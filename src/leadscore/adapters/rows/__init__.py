"""Rows of an export, whatever they are kept in (CSV, Excel, Parquet, SQL): text in one form.

May import `cells` and `files`.
"""
