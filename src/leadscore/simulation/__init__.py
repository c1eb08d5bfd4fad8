"""A simulated CRM history whose truth is known exactly, for tests, demos and benchmarks.

Pure code: it yields tables and never opens a file. It may import only `leadscore.domain`.
"""
