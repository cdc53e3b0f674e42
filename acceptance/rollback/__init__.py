"""The way back: what a ticket has changed in an account, and how it is taken out again."""
