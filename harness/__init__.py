"""What makes behave run the playbook: tables into outlines, blocked Givens, one verdict for every output."""
