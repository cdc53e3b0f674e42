"""Clients of other makers, at home in the sandbox: each in an environment of its own, over the network.

`inside/` is what runs in those environments; it imports nothing of the project. `python -m tests.clients` plays them.
"""
