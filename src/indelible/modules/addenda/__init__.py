"""Addenda: what is added, and signed, to a record that has ended."""
