"""Persons, their personnel files, and the roles granted to them."""
