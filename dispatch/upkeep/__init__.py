"""Upkeep: retention, backups and restores, lost keys.

purge     delete what is past its time, after showing it
backup    write the whole database to a file while the service runs
restore   fill a database from a backup, or declare that one was restored by other means
folder    the folder that an office keeps, laid out and compared
keys      go on with other keys than those that are lost
store/    the statements
"""
