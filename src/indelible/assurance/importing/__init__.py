"""Bringing in what exists: a folder and a table, examined whole, brought row by row through the door, and reconciled."""
