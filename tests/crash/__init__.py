"""The real server, killed at any moment and short of space: nothing acknowledged is lost, nothing is printed
twice in silence."""
