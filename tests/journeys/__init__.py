"""Journeys through the product as people make them: a real server, a real browser."""
