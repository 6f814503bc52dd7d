"""Reads `[oidc]`: the identity provider, and which of its groups get which role."""

from tailback.server.config.model import Oidc
from tailback.server.config.table import Table

# Encrypted, or not leaving this machine.
_SAFE = ("https://", "http://127.0.0.1:", "http://localhost:")


def read_oidc(table: Table) -> Oidc:
    """Read the table; what is missing or unsafe is recorded."""
    remedy = 'Write the provider: issuer = "https://id.example.com".'
    issuer = table.text("issuer", required=remedy)
    if issuer is not None and not issuer.startswith(_SAFE):
        table.wrong("issuer", "is not a safe address", 'Write "https://…".')
    client = table.text("client_id", required="Write what the provider calls this board.")
    secret = table.text("client_secret", required='Write client_secret = "${OIDC_SECRET}".')
    settings = Oidc(
        issuer=issuer or "",
        client_id=client or "",
        client_secret=secret or "",
        scope=table.text("scope") or "openid email profile",
        name_claim=table.text("name_claim") or "email",
        groups_claim=table.text("groups_claim") or "groups",
        admins=table.texts("admins"),
        operators=table.texts("operators"),
        viewers=table.texts("viewers"),
    )
    if not (settings.admins or settings.operators or settings.viewers):
        table.wrong("viewers", "is missing, so nobody could sign in", 'Write viewers = ["*"].')
    table.refuse_unknown()
    return settings
