"""Reading untrusted mail in a child process with limits."""
