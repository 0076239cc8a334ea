"""Inspections: who comes, what is asked, what is handed over, and what is shown on the screen."""
