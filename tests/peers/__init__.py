"""Real peers for tests and benchmarks: CUPS, Samba, PostgreSQL, devices that misbehave, and Plantin itself."""
