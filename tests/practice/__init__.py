"""What serves the people around the records."""
