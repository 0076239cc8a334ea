"""The kernel: ledger, records, lifecycles, authority, signatures, projections, queries, acts (one door)."""
