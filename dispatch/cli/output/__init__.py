"""What commands print: tables and JSON (show), progress bars (progress), how long ago (ages)."""
