"""Terraform's language as the Data Platform writes it, as far as it can be worked out without Terraform."""
