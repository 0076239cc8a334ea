"""What `doctor` looks at: the database, the host, the work that must not lie still."""
