"""Drift: what runs, compared with what was approved; found, marked, told, and ended (Annex 11-10; 11.10(k))."""
