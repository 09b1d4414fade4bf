"""The page on this machine: two courses dropped, an answer to look at, to turn and to sign.

It edits a case file and runs it, nothing else: `rtplan case run` of the same file gives the same numbers.
"""
