"""The ledger: what happened, appended in the transaction in which it happened."""
