"""PDF: structure first, rendering only where structure cannot tell (ISO 32000-1)."""
