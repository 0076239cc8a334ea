"""Controlled documents: series, revisions, effect."""
