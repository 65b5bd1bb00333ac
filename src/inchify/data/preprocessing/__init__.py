"""Preprocessing of a competition folder: bucket tables and a picture store."""
