"""What a shell completes: commands, options, and names that the database knows.

answer   what is offered for a word, without importing any command
store    the names, read without SQLAlchemy
script   `completion`: the script for a shell, and how to install it
"""
