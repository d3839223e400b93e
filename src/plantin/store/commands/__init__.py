"""Units of work: each runs in one transaction on the writer's thread and writes its events with it.

A function named ``*_batch`` takes many payloads at once (see :meth:`plantin.store.access.Store.batch`).
"""
