"""Plantin measured side by side with a private cupsd (`make bench`)."""
