"""What `dispatch run` runs: worker, clock, pages, and the servers that are not configured.

__main__    the whole: start what is not configured, and run everything until asked to stop
broker      a Valkey server of our own, on a unix socket
catch       the mail catcher as a process
home        the lock on the home, which one `dispatch run` at a time may hold
supervisor  run several programs as one, and start again what ends
leash       start a program that ends when its parent does
signals     be asked to stop
"""
