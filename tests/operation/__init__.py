"""What an operator relies on: backups, restores, failures of disk and database, limits, the environment."""
