"""One exception of a chain, as evidence: what its type and message say, worked out once."""

import re
from collections.abc import Mapping
from typing import Any

_RUBY_PROTOCOL = re.compile(r"Net\.(SMTP|SSH|SFTP|SCP|FTP|LDAP)")
_NO_FACTS: Mapping[str, Any] = {}


class Link:
    """`short` is the type's own name, `root` the package it comes from (lower case).

    `status` is an HTTP status or None, `facts` what the hook took from the live exception.
    """

    __slots__ = ("facts", "low", "message", "root", "short", "status", "stems", "type")

    def __init__(
        self,
        type_: str,
        message: str,
        status: int | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        name = type_
        if ":" in name or "\\" in name:
            name = name.replace("::", ".").replace("\\", ".").strip(".")
        head, _, _ = name.partition(".")
        _, _, short = name.rpartition(".")
        if "$" in short:
            # A class inside a class of Java: "FeignException$TooManyRequests".
            short = short.rpartition("$")[2] or short
        self.type = type_
        self.short = short
        self.root = head.lower() if head != short else ""
        if self.root == "net":
            # Ruby's standard library: "Net::SMTPServerBusy", "Net::SSH::AuthenticationFailed".
            protocol = _RUBY_PROTOCOL.search(name)
            self.root = f"net_{protocol[1].lower()}" if protocol else self.root
        self.message = message
        self.low = message.lower()
        self.stems: frozenset[str] | None = None
        self.status = status
        self.facts = facts or _NO_FACTS
