"""Training of text-line recognizers (CRNN with CTC, SAR)."""
