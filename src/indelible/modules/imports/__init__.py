"""What was brought in from elsewhere, run by run."""
