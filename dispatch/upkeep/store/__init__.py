"""Statements that remove, dump and restore rows."""
