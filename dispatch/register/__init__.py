"""The register: authorities, their contacts over time, and their figures.

register       what letters are made from, and which mailouts a change affects
search         an authority by what somebody types
file_kinds     how each kind of file is read, compared and written
imports        files of authorities, contacts and figures
staging        the same by a page: read, shown, and taken in once a person has agreed
enclosures     spreadsheets for single authorities, kept aside for a plan
appointments   one person is given a role, or a role becomes vacant
suppressions   addresses that must not be written to
store/         the statements
"""
