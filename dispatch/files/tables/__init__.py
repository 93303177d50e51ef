"""Tables that people write: CSV and XLSX."""
