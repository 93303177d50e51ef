"""Each failure of the recovery guide, made to happen.

service   what they happen to, and what its processes do
sending   between us and the mail server
machine   processes, clock, disk, files
record    the database, its backups, its keys, its tables
incoming  where messages come back
"""
