"""The table of events read in batches of whole leads.

May import `files`.
"""
