"""What is shown of the ledger and of what it proves.

audit    what verifying the ledger found
events   what happened
report   who was sent what
"""
