"""Questions to the store. They change nothing and take no lock."""
