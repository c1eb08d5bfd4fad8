"""Reasons as a rep reads them: criteria, typical values and words in two languages. It knows no grid and no model.

May import `history`, `domain`, and of `scoring` the encoder alone.
"""

from leadscore.scoring.reasons.criteria import Criteria, Criterion, criteria_of, criterion_of_rule
from leadscore.scoring.reasons.typical import Typical, typical_values
from leadscore.scoring.reasons.words import ReasonWords

__all__ = [
    "Criteria", "Criterion", "ReasonWords", "Typical", "criteria_of", "criterion_of_rule",
    "typical_values",
]  # fmt: skip
