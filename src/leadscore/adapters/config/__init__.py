"""Settings and mappings read from YAML, with every fault of a file in one error.

Imports nothing else of this floor.
"""
