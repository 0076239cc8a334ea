"""Audit-trail reviews: what was out of the ordinary in a period, a sample of the rest, and what people decided on it."""
