"""How a document reaches a device: one backend per protocol, one contract."""
