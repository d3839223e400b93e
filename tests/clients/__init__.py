"""The commands, libraries and servers that people print with, against a real Plantin."""
