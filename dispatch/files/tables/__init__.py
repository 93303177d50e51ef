"""Tables that people write: CSV and XLSX.

sheet       a table as rows of text by column, from either
delimited   reading CSV
workbook    reading spreadsheets
fields      reading single cells
faults      what is wrong in a file
limits      how large a table may be
"""
