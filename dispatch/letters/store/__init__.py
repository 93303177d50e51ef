"""Statements about letters.

letters    the letters in force: find, count, and claim them to render
versions   the letters that replace earlier ones
repeats    the letters that more than one mailout sends
oddest     what is odd about letters, and the letters oddest first
inputs     a digest over all that letters are made from
checks     what was found out about PDFs
documents  bytes by their SHA-256, in each form of each letter
"""
