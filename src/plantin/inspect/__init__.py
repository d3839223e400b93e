"""What a document is: format, pages, colour, sizes."""
