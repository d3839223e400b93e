"""Conversion where a device cannot take a document, and page work that a device or policy needs."""
