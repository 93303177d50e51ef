"""Pages of the audit.

search          what happened: by authority, address, person, day and kind
ledger          how far the ledger goes, whether it held, and verifying it
packs           what an evidence pack would hold, and making it
"""
