"""What devices say of themselves: capabilities, status, discovery, the poller."""
