"""Incoming mail: stored as it came, read, matched to a delivery and acted on."""
