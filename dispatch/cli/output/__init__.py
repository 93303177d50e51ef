"""What commands print.

show      tables, JSON and questions
progress  progress bars
"""
