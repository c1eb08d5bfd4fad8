"""The corridor: one thin door per pipeline stage. Each reads, calls pure code and writes.

Stages may import `adapters` and below, and never each other.
"""
