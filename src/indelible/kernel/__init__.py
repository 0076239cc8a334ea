"""The kernel: ledger, records, lifecycles, authority, signatures, projections, acts (one door)."""
