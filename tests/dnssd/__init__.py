"""Announcing queues by DNS-SD."""
