"""How jobs come in: the HTTP/1.1 driver, the IPP server and its operations."""
