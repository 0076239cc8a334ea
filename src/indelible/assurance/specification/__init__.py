"""The Configuration Specification, made from what runs: the same for the same baseline and state (GUIDE-DEL-cs; Annex 11-10)."""
