"""Audits and their findings: a planned, independent look at a department or a supplier, answered and verified."""
