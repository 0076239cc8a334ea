"""Periodic review of each system: what happened since the last one, a conclusion on each topic, and whether it remains fit."""
