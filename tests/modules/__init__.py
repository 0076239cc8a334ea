"""What the shipped modules promise."""
