"""Tests of what serves people around the records."""
