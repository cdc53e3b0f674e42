"""The AWS endpoint on loopback: protocol, state and API; see `app`. Only `moto_services` and `listing` know moto."""
