"""Files that come in and go out. An error in one names its file, row, column, value and rule.

authorities, contacts, figures   the tables that the office imports
plan/          the plan of a mailout, with what it encloses
tables/        reading CSV and spreadsheets
word/          reading documents of Word
bundles        the public bundle
shelf          rows that wait on disk until the bundle's pages need them
packs          evidence packs
checkpoints    signed checkpoints of the ledger
dumps          the file of a backup
keys           signing keys
pdf_signatures  the certificate that signs PDFs
shipped        the files that come with dispatch
holidays       bank holidays in England
ownership      whose a file is, and who else may read or change it
disk           reading a file whole, and writing it durably
"""

from dispatch.files.disk import load

__all__ = ["load"]
