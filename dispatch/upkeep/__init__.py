"""Upkeep: retention, backups and restores."""
