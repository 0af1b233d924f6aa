"""What a child takes away from itself before it reads anybody's document."""

import ctypes
import socket
import sys
from typing import Any

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_NEVER_NEEDED = ("cupy", "mxnet", "tensorflow", "torch")


class _NoSocket(socket.socket):
    """What a library gets in place of a socket."""

    def __init__(self, *_arguments: object, **_options: object) -> None:
        raise PermissionError("a document's parser has no network")


def close_network() -> bool:
    """Leave this process, and those it starts, without a network.

    True says that the kernel holds it: the process stands in a network of its own, with
    nothing in it. Where that is not allowed (seccomp, no user namespaces, not Linux), Python
    alone holds it: no library gets a socket or an address, but native code still could.
    """
    module: Any = socket
    module.socket = module.SocketType = _NoSocket
    for name in ("create_connection", "create_server", "getaddrinfo", "socketpair"):
        setattr(module, name, _NoSocket)
    return _unshared(_NEW_USER | _NEW_NETWORK) or _unshared(_NEW_NETWORK)


def hide_models() -> None:
    """Let nobody import what computes models: spaCy loads torch where it finds it.

    It serves no parser, and took 180 MiB and two seconds of every child.
    """
    for name in _NEVER_NEEDED:
        # Python takes None for "there is no such module".
        sys.modules[name] = None  # type: ignore[assignment]


def _unshared(flags: int) -> bool:
    try:
        return bool(ctypes.CDLL(None).unshare(flags) == 0)
    except (AttributeError, OSError):
        return False
