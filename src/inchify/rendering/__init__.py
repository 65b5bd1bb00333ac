"""Rendering of molecules together with their true graphs."""
