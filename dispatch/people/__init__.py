"""People: who may do what. Empty until there are pages to sign in to."""
