"""What is shown of the ledger and of what it proves.

audit    what verifying the ledger found
events   what happened
extent   how far the ledger goes, and what is kept outside
report   who was sent what
"""
