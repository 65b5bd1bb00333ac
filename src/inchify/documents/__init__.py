"""Documents: molecules, text lines and compound identifiers on the pages of papers and patents."""
