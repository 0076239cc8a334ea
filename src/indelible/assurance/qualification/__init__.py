"""Qualification: scripts that ship with the product, run against a disposable copy of what runs, with evidence for each step."""
