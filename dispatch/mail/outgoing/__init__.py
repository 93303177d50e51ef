"""Outgoing mail: composing messages and speaking SMTP."""
