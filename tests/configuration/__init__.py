"""Tests of the strict reading of configuration."""
