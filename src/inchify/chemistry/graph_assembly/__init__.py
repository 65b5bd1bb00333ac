"""From candidates for atoms and bonds to the likeliest valid molecule graphs."""
