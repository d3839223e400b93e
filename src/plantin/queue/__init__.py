"""The queue manager: hold, release, schedule, route, retry."""
