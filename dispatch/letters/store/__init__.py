"""Statements about letters.

letters    the letters in force: find, count, and claim them to render
versions   the letters that replace earlier ones
repeats    the letters that more than one mailout sends
years      the letters of one authority in several years
oddest     what is odd about letters, and the letters oddest first
inputs     a digest over all that letters are made from
approved   letters that have a proof that they were approved, and those that have none
checks     what was found out about PDFs
documents  bytes by their SHA-256, in each form of each letter
"""
