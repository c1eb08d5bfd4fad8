"""Calibrated B2B lead scores beside a manual points grid, with thresholds reviewed every quarter.

The package is a house of floors; imports go down only::

    cli > stages > adapters > delivery : review : simulation > scoring > metrics > history > domain
"""

__version__ = "0.1.0"
