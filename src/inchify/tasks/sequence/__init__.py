"""Training of encoders with attention decoders on pictures with captions."""
