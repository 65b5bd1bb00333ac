"""Networks as torch modules built from settings: encoders, decoders, dense and text networks."""
