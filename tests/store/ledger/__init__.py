"""The ledger over both databases, and what stands beside it."""
