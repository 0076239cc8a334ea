"""Bringing in what exists: real files that the tests make, planted faults, stops in the middle."""
