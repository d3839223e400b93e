"""The inspection room: from the bytes, what a document is and what paper it makes."""
