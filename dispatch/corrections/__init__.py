"""Corrections: letters sent again, and new versions of letters that were wrong."""
