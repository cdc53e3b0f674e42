"""What makes behave run the playbook: tables into outlines, sentences held to what they check, blocked Givens,
one verdict for every output.
"""
