"""Statements about letters, their versions and their documents."""
