"""IPP messages, sans-IO: tags, values, attributes, decoder and encoder (RFC 8010, RFC 8011)."""
