"""The Tascomi planning API on loopback: its resources, their records on any day, and the server."""
