"""Name patterns: `*` any characters, `?` one, everything else itself, capitals or not.

Promises linear space and at worst pattern times subject steps (no backtracking that grows with the stars),
because the subject is a stranger's document name.
"""

from __future__ import annotations


def glob_matches(pattern: str, subject: str) -> bool:
    """Whether the whole subject fits the pattern, case folded."""
    pattern, subject = pattern.casefold(), subject.casefold()
    p = s = 0
    star = -1
    resume = 0
    while s < len(subject):
        if p < len(pattern) and pattern[p] == "*":
            star, resume = p, s
            p += 1
        elif p < len(pattern) and pattern[p] in ("?", subject[s]):
            p += 1
            s += 1
        elif star >= 0:
            # The last star takes one character more; earlier stars never need to.
            resume += 1
            p, s = star + 1, resume
        else:
            return False
    return not pattern[p:].strip("*")
