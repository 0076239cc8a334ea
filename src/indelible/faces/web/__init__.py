"""The web face, generated from the Configuration."""
