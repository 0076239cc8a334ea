"""Persons and the roles granted to them."""
