"""Mailouts: their rows, their lives, and what takes one back to draft."""
