"""The competition's side: readers' predictions in, candidates, submissions and their board out."""
