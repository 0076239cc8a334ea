"""Runs the qualification: plan, IQ on the live installation, a disposable copy, OQ and PQ on it, and what is left of a run."""
