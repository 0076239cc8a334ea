"""What serves the people around the records, for every module and face: no types, and no writes to the ledger's tables."""
