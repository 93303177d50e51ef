"""Statements about the sealed ledger and what it covers."""
