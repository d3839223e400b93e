"""The whole product against itself: what devices counted against what the ledger says."""
