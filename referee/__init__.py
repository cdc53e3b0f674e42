"""The sandbox's Athena compared with real Trino, engine against engine. See `python -m referee --help`."""
