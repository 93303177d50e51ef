"""Documents of Word: what they say, as blocks, and what of it cannot be said in Markdown.

document   what a document of Word says
reader     read one in a child process with limits
package    the parts of the file, within limits and without anything from elsewhere
marked     mark what the library that reads the rest would drop
runs       what stands in runs: words, fields, pictures, notes
marks      the number of each field and of each thing that is lost
fields     fields: codes that are split over runs, one inside another
styles     which styles are headings, and what they make bold or italic
structure  paragraphs, lists and tables, as the library reads them
"""
