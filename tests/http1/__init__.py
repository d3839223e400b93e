"""Tests of the HTTP/1.1 driver and of the server certificate."""
