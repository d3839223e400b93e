"""Every bound of the policies, in one place; each is tested at n and at n + 1."""

RULES_MAX = 20_000
"""Rules in one set."""

CONDITION_DEPTH_MAX = 8
"""Nesting of all, any and not."""

CONDITION_TERMS_MAX = 200
"""Tests in one rule's condition."""

CHOICES_MAX = 500
"""Values that one test lists."""

PATTERN_CHARS_MAX = 200
"""Length of a name pattern."""

TEXT_CHARS_MAX = 500
"""Length of a rule's name, message or watermark."""

SUBJECT_CHARS_MAX = 2_000
"""How much of a document's name is compared with a pattern."""

NUMBER_MAX = 10**12
"""Largest number in a condition."""
