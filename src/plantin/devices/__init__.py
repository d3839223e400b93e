"""What devices say of themselves: status, supplies, counters, capabilities."""
