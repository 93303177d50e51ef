"""The demo's sample year: real authorities, invented people and figures."""
