"""Retention: until when each record is kept, legal holds, and disposals that two people sign and that leave a tombstone."""
