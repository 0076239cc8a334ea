"""Incidents: something went wrong in a computer system or with data, this system included; anybody reports it."""
