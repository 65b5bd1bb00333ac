"""Text and marks beside a drawing: words, counter-ions, brackets."""
