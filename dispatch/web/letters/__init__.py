"""Pages of letters before they go.

approval  approve all letters, or send them back
"""
