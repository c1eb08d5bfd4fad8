"""Verbs that show what a manual grid says: of one lead, of all, of another day, against another grid."""
