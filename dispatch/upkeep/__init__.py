"""Upkeep: retention, backups and restores.

purge     delete what is past its time, after showing it
backup    write the whole database to a file while the service runs
restore   fill a database from a backup, or declare that one was restored by other means
store/    the statements
"""
