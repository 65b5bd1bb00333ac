"""The grammar of InChI strings: the tokens that may follow a prefix."""
