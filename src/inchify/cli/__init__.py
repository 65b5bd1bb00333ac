"""The command line, the benches and the pages for people; it uses every other room."""
