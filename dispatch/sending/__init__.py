"""Sending: from the release of a mailout to the last attempt at a delivery."""
