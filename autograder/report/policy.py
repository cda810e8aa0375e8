"""What a page of ours may do in a browser: show itself, and nothing more."""

POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'"
)
"""Content-Security-Policy: no scripts, nothing from elsewhere, only pictures that are part of the page."""
