"""The register: authorities, contacts and figures, with their history."""
