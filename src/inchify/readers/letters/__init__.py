"""Letters among the connected components of a drawing, and rows of them."""
