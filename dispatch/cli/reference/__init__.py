"""What every command is, told from the commands themselves.

outline   every command, its options and arguments, as data; the file that completion reads
markdown  the page of the reference
man       the manual pages
made      makes the three: `make reference`
"""
