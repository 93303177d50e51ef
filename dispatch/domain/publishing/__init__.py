"""The public bundle.

bundle          the files of a public bundle, and the columns of its tables
published       the rows of these tables
spreadsheet     CSV that no spreadsheet runs
datapackage     the bundle's description for programs
"""
