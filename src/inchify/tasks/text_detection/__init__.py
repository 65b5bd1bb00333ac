"""Training of the text line detector (CTPN)."""
