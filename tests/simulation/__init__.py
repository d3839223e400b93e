"""A seeded simulation of queue manager, spool and delivery: fake clock, lying devices, crashes at every step."""
