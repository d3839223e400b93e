"""The domain: states, records, reasons, limits and ports. Pure: no I/O, no framework, no clock of its own."""
