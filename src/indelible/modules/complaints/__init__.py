"""Complaints: somebody outside says that a product is not as it should be; whether it is reportable is decided on a clock."""
