"""Statements about incoming mail and notices."""
