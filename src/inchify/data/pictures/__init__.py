"""Picture files to gray pixels, resized and framed for networks."""
