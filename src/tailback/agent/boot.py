"""Switches the agent on at the start of a Python process: by `tailback.pth` or `tailback run`.

Importing it does all; a failure is said in the log and the process starts as without us.
"""

from tailback.agent import install

install()
