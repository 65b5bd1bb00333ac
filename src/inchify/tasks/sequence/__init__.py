"""Training of encoders with attention decoders on captioned pictures."""
