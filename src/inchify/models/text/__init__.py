"""Networks that read a line of text from its picture."""
