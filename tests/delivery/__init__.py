"""The backends against devices that behave and devices that do not, all in process or on loopback."""
