"""How the whole ledger is read again: streams, chains, signatures, the fold of effects, files, the database's guards."""
