"""Drills: restores that are tried, and hours without the system that are practised, each verified and approved by two people."""
