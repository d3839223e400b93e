"""The core: state table, outcomes, identifiers, names, limits."""
