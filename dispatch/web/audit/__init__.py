"""Pages of the audit.

packs           what an evidence pack would hold, and making it
"""
