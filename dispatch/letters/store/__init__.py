"""Statements about letters.

letters    the letters in force: find and count them
versions   the letters that replace earlier ones
repeats    the letters that more than one mailout sends
wanted     letters that wait to be rendered, and claiming them
years      the letters of one authority in several years
oddest     what is odd about letters, and the letters oddest first
inputs     what shows that what letters are made from has not changed
approved   letters that have a proof that they were approved, and those that have none
checks     what was found out about PDFs
documents  bytes by their SHA-256, in each form of each letter
"""
