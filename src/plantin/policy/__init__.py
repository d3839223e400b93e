"""Decides what may be printed, by rules with reasons. Pure."""
