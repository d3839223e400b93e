"""Real peers for tests and benchmarks: CUPS, Samba, PostgreSQL, devices that misbehave, Plantin itself."""
