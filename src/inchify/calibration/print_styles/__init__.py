"""Statistics of printed drawings, from which the depictor's styles are set."""
