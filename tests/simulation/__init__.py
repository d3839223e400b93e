"""A seeded simulation of queue manager, spool and delivery: lying devices, crashes at every step."""
