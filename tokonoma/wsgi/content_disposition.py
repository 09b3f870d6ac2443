"""The name under which a browser keeps what it downloads (RFC 6266)."""

from __future__ import annotations

import re
from urllib.parse import quote

LONGEST = 60
"""Characters of a name: file systems take 255 bytes, and a character takes up to four of them."""

_RESERVED = re.compile(r"(?:CON|PRN|AUX|NUL|COM\d|LPT\d)", re.IGNORECASE | re.ASCII)
"""What Windows takes for a device, whatever the ending is (Microsoft, Naming Files)."""


def attachment(name: str, ending: str) -> str:
    """Content-Disposition for a file of this name: letters, digits and `_`, which no system takes amiss."""
    safe = "".join(char if f"a{char}".isidentifier() else "_" for char in name[:LONGEST])
    if not safe or _RESERVED.fullmatch(safe):
        safe = f"_{safe}"
    plain = "".join(char if char.isascii() else "_" for char in safe)
    extended = "" if plain == safe else f"; filename*=UTF-8''{quote(f'{safe}.{ending}', safe='')}"
    return f'attachment; filename="{plain}.{ending}"{extended}'
