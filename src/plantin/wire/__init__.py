"""The other wire formats, sans-IO: LPD (RFC 1179), PJL, AppSocket."""
