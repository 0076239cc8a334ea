"""Redline: what differs between two contents, as a value that pages and papers draw. Knows no table and writes nothing."""
