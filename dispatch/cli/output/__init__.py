"""What commands print: tables, JSON and questions (show), and progress bars (progress)."""
