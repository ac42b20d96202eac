"""Finding the office's server without typing: a call into the LAN, and a pairing code instead of an address.

A PC that is the office's server answers a UDP call with its name and the port of its PostgreSQL; the address is
the one its answer comes from. Whoever answers wins nothing by lying: a login proves itself by SCRAM, which
shows no password, and the client accepts no other proof (``services.database.CONNECT_ARGUMENTS``).

A pairing code is address, port and a check in twelve letters and digits, for reading out on the telephone.
"""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import json
import secrets
import socket
import sys
import threading
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import psutil

CALL_PORT: Final = 47832
"""UDP; of the range that nobody has registered."""
CALL: Final = b"SHUKE-WHO-SERVES-1 "
LONGEST_NAME: Final = 64
_PLAIN: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_SHOWN: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Base32 without I and O, which are read as 1 and 0."""


@dataclass(frozen=True, slots=True, order=True)
class Nearby:
    """A serving PC that answered."""

    name: str
    host: str
    port: int

    @property
    def address(self) -> str:
        """As it would be typed."""
        return self.host if self.port == 5432 else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Shared:
    """What the other PCs need to come in. ``addresses`` as they are typed, with a pairing
    code for each; none without a network."""

    name: str
    port: int
    addresses: tuple[str, ...]
    codes: tuple[str, ...]


def pairing_code(host: str, port: int) -> str:
    """The code of an IPv4 address and a port: ``XXXX-XXXX-XXXX``."""
    body = ipaddress.IPv4Address(host).packed + port.to_bytes(2, "big")
    check = zlib.crc32(body) & 0xFFF
    number = (int.from_bytes(body, "big") << 12) | check
    plain = base64.b32encode((number << 4).to_bytes(8, "big")).decode()[:12]
    shown = plain.translate(str.maketrans(_PLAIN, _SHOWN))
    return "-".join(shown[at : at + 4] for at in (0, 4, 8))


def paired_address(typed: str) -> str | None:
    """``host:port`` of a pairing code however it was typed; None for what is none or has a typing error."""
    bare = "".join(letter for letter in typed.upper() if letter.isalnum())
    if len(bare) != 12 or set(bare) - set(_SHOWN):
        return None
    plain = bare.translate(str.maketrans(_SHOWN, _PLAIN))
    number = int.from_bytes(base64.b32decode(f"{plain}A==="), "big") >> 4
    body = (number >> 12).to_bytes(6, "big")
    if zlib.crc32(body) & 0xFFF != number & 0xFFF:
        return None
    return f"{ipaddress.IPv4Address(body[:4])}:{int.from_bytes(body[4:], 'big')}"


def firewall_hint(port: int, platform: str = sys.platform) -> str:
    """The commands that let the office's PCs through the firewall of this system."""
    if platform == "win32":
        rule = 'netsh advfirewall firewall add rule name="Shuke {0}" dir=in action=allow protocol={0} localport={1}'
        return "\n".join(rule.format(kind, number) for kind, number in (("TCP", port), ("UDP", CALL_PORT)))
    return f"sudo ufw allow {port}/tcp && sudo ufw allow {CALL_PORT}/udp"


def own_addresses() -> list[str]:
    """IPv4 addresses under which other PCs reach this one, those of a private network first."""
    found = []
    for name, addresses in psutil.net_if_addrs().items():
        for entry in addresses:
            if entry.family == socket.AF_INET and not entry.address.startswith(("127.", "169.254.")):
                private = ipaddress.IPv4Address(entry.address).is_private
                found.append((not private, name.startswith(("docker", "veth", "br-")), entry.address))
    return [address for _public, _virtual, address in sorted(found)]


def call(seconds: float = 1.5, *, port: int = CALL_PORT, places: Sequence[str] | None = None) -> list[Nearby]:
    """Who serves in this LAN, after waiting ``seconds`` for answers; no two alike. ``places``: whom to ask."""
    asked = _broadcasts() if places is None else places
    nonce = secrets.token_hex(8)
    found: set[Nearby] = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for place in asked:
            with contextlib.suppress(OSError):
                line.sendto(CALL + nonce.encode(), (place, port))
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            line.settimeout(left)
            try:
                data, (host, _port) = line.recvfrom(1024)
            except OSError:
                continue
            answer = _answered(data, nonce, host)
            if answer is not None:
                found.add(answer)
    return sorted(found)


def _broadcasts() -> list[str]:
    found = {"255.255.255.255", "127.0.0.1"}
    for addresses in psutil.net_if_addrs().values():
        found |= {e.broadcast for e in addresses if e.family == socket.AF_INET and e.broadcast}
    return sorted(found)


def _answered(data: bytes, nonce: str, host: str) -> Nearby | None:
    try:
        said = json.loads(data)
    except ValueError:
        return None
    if not isinstance(said, dict) or said.get("nonce") != nonce:
        return None
    name, port = said.get("name"), said.get("port")
    if not isinstance(name, str) or not isinstance(port, int) or not 0 < port < 65536:
        return None
    return Nearby("".join(letter for letter in name if letter.isprintable())[:LONGEST_NAME], host, port)


class Answering:
    """Answers calls while it lives: a thread on the serving PC. ``stop`` ends it."""

    def __init__(self, name: str, port: int, *, call_port: int = CALL_PORT, host: str = "") -> None:
        """Begin. OSError where another program answers on this PC already."""
        self._name, self._port = name[:LONGEST_NAME], port
        self._ended = threading.Event()
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._line.bind((host, call_port))
        except OSError:
            self._line.close()
            raise
        self._line.settimeout(0.5)
        self.call_port = int(self._line.getsockname()[1])
        self._thread = threading.Thread(target=self._run, name="nearby", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._ended.set()
        self._thread.join(2)
        self._line.close()

    def _run(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(OSError):
                data, asker = self._line.recvfrom(256)
                # only to the own network: nobody outside is to learn of it, or to be sent what he did not ask
                if data.startswith(CALL) and not ipaddress.ip_address(asker[0]).is_global:
                    nonce = data[len(CALL) :].decode("ascii", "replace")[:32]
                    said = {"name": self._name, "port": self._port, "nonce": nonce}
                    self._line.sendto(json.dumps(said, ensure_ascii=False).encode(), asker)
