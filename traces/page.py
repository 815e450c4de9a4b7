"""A whole page around a body: its style and script are in it, and nothing else runs in it."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import escape


def page(title: str, *, style: str, script: str, body: Iterable[str]) -> str:
    """The document; ``body`` is HTML, everything else is text.

    Its content security policy names the hashes of ``style`` and ``script``, so that nothing
    else that may have got into the body is run, and nothing is fetched but from where the page
    itself came from.
    """
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; connect-src 'self'; "
        f"style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    )
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            *body,
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
