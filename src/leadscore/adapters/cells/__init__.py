"""Text to values: times, numbers, countries, languages and words, by declared contract.

Pure: imports nothing else of this floor.
"""
