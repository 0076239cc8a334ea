"""The tests; see homes.py for how a test gets its home."""
