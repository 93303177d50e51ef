"""Pages of the register.

authorities     find an authority, and all about one
contacts        replace who holds a role, or leave it empty
imports         files of authorities, contacts and figures
"""
