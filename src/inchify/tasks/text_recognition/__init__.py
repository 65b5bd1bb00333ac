"""Training of line recognizers (CRNN with CTC, SAR)."""
