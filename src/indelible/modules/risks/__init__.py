"""Risks: what can fail in a process, product, supplier or system, how bad that would be, what is done, and who accepts the rest."""
