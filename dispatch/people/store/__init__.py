"""The statements about people who may sign in.

accounts  accounts and invitations
visits    visits, and tokens
"""
