"""The ledger, octet by octet.

ledger          events and imprints
seal            batches of them in a hash chain
mac             codes that only our own processes can make
merkle          one root over all of them, and short proofs for each
checkpoint      the ledger's size and root, signed
manifest        every file's size and SHA-256
"""
