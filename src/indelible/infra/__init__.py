"""One file for each outside thing; none of them knows a record."""
