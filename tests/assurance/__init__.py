"""Tests of what proves things about an installation."""
