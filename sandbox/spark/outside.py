"""What scripts of Spark jobs, and their Python workers, reach over the network: this machine alone.

A script that has the Tascomi API's address written into it reaches the sandbox's API in its place. Whatever else it
calls is refused, so that a rehearsal neither depends on others' services nor changes anything there.
"""

import ipaddress
import os
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

_API = ".tascomi.com"
_VARIABLE = "TASCOMI_API_URL"


def environment() -> dict[str, str]:
    """What a Python worker needs to do the same."""
    return {_VARIABLE: os.environ[_VARIABLE]}


def shut_off() -> None:
    """For this process, from now on."""
    import requests
    import urllib3

    adapter: Any = requests.adapters.HTTPAdapter
    pools: Any = urllib3.PoolManager
    send_, urlopen_ = adapter.send, pools.urlopen

    def send(self: Any, request: Any, *arguments: Any, **named: Any) -> Any:
        request.url = redirected(request.url)
        return send_(self, request, *arguments, **named)

    def urlopen(self: Any, method: str, url: str, *arguments: Any, **named: Any) -> Any:
        return urlopen_(self, method, redirected(url), *arguments, **named)

    adapter.send, pools.urlopen = send, urlopen
    socket.getaddrinfo = _only_here(socket.getaddrinfo)


def redirected(url: str) -> str:
    """The address at the sandbox's API of what is at Tascomi's; any other address as it is."""
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith(_API):
        return url
    return url.replace(f"{parts.scheme}://{parts.netloc}", os.environ[_VARIABLE], 1)


def _only_here(look_up: Callable[..., Any]) -> Callable[..., Any]:
    def getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
        if not _is_here(host):
            raise ConnectionRefusedError(f"The sandbox lets no job call {host}.")
        return look_up(host, *arguments, **named)

    return getaddrinfo


def _is_here(host: Any) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost", socket.gethostname()):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
