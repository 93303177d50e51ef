"""Statements about how far letters have come."""
