"""Thresholds over the quarters of whole histories: ours, reviewed and signed each quarter, beside the usual ways."""
