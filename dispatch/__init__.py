"""dispatch: the ombudsman's annual letters, sent once, on time and provably.

`docs/changing.md` has the map of the packages. Beside them:

app       wiring: settings become the database, the mail server and the clock
broker    whether the broker answers
clock     the clocks: the database's and this machine's
signers   what signs messages and letters
settings  the settings, read once from the environment
environment  the variables that settings are read from
secret_files  secrets in files, a file each
configured   each setting, where it comes from, and what is wrong with it
log       how what happens is logged
garbage   how often a process looks for objects that nobody refers to
telemetry  traces of pages, tasks and attempts, where they are asked for
batches   things taken some at a time
child     a child process with limits, for reading what strangers wrote
"""
