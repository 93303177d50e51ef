"""The public bundle.

bundle          the files of a public bundle, and the columns of its tables
published       the rows of these tables
spreadsheet     CSV that no spreadsheet runs
places          where authorities are drawn on a map
bands           the bands by which a map is coloured
records         the letters with their figures as JSON
datapackage     the bundle's description for programs
"""
