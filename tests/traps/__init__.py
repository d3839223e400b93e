"""The interoperability traps of print clients: one test each, with requests as those clients send them."""
