"""Picture files as gray pixels, resized and framed for networks."""
