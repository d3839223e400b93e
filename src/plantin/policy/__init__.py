"""The rules of the house: who may print what, where, and what is changed, held or asked before.

Promises that rules are data, that a decision names every rule that fired and why, and that what is not known
about a job is never taken for zero or for no. Never runs a script, a regular expression or anything else
that a rule's author could make endless; never reads a clock or a database. See `docs/policy.md`.
"""
