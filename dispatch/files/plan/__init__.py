"""The plan of a mailout, as people write it in TOML."""
