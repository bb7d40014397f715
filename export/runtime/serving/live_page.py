"""The server's live page: one self-contained HTML page in English and Spanish.

It holds nothing of the bundle: what it shows comes from `POST /predict`, as text and never as markup. Its policy
allows the one script and the one style in it, by their hashes, and requests to its own server.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files


def _hash(page: str, tag: str) -> str:
    """The source expression of the text in the page's only element of this kind (Content Security Policy, level 3)."""
    text = page.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# The package has another name in a bundle.
PAGE = (files(__package__) / "live.html").read_text("utf-8")
HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; script-src '{_hash(PAGE, 'script')}'; style-src '{_hash(PAGE, 'style')}'; "
        "img-src blob:; media-src blob: mediastream:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "referrer-policy": "no-referrer",
}
