"""Pictures: drawn for letters, and made of their pages.

chart   the doughnut beside a percentage
sheets  the pages of a PDF as pictures, from its very bytes
"""
