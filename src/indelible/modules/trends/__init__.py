"""Trends: what came so often that Quality decides whether a CAPA answers it."""
