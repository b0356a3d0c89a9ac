"""Writing TSX safely: documents that lay themselves out, syntax that quotes, identifiers that are made.

For generators and skeletons. Whoever writes code from a contract writes it with these, because a contract is a
stranger's: its text must never become code.
"""
