"""Pages of what comes in, and what it says about addresses.

suggestions     contacts that answers suggest: take one up, or not
notices         what came back: as text, and what people decide about it
suppressions    addresses that must not be written to
"""
