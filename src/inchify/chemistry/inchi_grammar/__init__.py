"""The grammar of InChI strings: which token may follow."""
