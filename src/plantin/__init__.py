"""Plantin: the print server and the print management of a large organisation."""

__version__ = "0.1.0"
