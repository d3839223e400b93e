"""The attributes of a queue as clients see them: what it can do, how it is, how to reach it."""
