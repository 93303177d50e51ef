"""Statements about authorities, contacts, figures and suppressed addresses."""
