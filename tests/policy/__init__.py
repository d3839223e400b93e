"""The tests of the policies."""
