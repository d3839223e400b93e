"""The ledger over the database: the book of accounts, and what stands beside it.

``book.DatabaseBook`` is a :class:`plantin.ledger.view.Ledger`; ``people``, ``settings``, ``vouchers``,
``allocations``, ``refunds``, ``balances``, ``statements`` and ``audit`` are built on it. All of them run
inside the caller's transaction (``Store.write``, ``Store.batch``, ``write_alone``) and never open their own.
"""
