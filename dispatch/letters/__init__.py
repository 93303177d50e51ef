"""Letters, from the plan of a mailout to its approval.

plan      plan a mailout, and check what stands in the way of its letters
render    make each letter, frozen by a digest
proofs    email proof copies to a colleague
approval  a second person signs off what all of it amounts to
store     the statements: letters, versions, documents
"""
