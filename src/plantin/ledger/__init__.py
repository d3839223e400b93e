"""The accounting room: what print costs, who pays, and proof of every figure.

Promises double entry over integers, immutable transactions, exact tariff arithmetic, and that the same
request under the same key has one effect. Never reads a clock, a database, a file or a random source:
the moment, the state and the chance are given by the caller. `docs/ledger.md` is the page to read first.
"""
