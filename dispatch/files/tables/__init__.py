"""Tables that people write: CSV and XLSX.

sheet       a table as rows of text by column, from either
kinds       the kinds of table, and their columns
headings    which column each heading means
swapped     two columns under each other's headings
formats     files that are not tables, by what they are
delimited   reading CSV
encoding    the encoding of a text file
garbled     text that was read in the wrong encoding
workbook    reading spreadsheets
xlsx, ods   what is hidden, formulas and number formats in each kind of spreadsheet
marks       what both say of cells beside their values
grid        cells as text, how many there may be, and reading them in a child process
fields      reading single cells
faults      what is wrong in a file
given/      tables that we give: an example, and a file with what is wrong in it
"""
