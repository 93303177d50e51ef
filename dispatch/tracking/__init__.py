"""Tracking: how far each letter has come, and who is told about those unreached."""
