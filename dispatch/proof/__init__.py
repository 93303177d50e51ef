"""Proof: the sealed ledger, its checkpoints, its verification and evidence for outsiders."""
