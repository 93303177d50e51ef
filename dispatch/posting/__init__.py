"""Letters that go by post: what is on record of each.

store      the rows: finding them, and making one
on_record  where each stands, as events of ours say

`corrections.post` makes the print file, and takes down what people say about each letter.
"""
