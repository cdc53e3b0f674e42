"""Whether the suite says the same of the same, every time: `python -m tests.steadiness`."""
