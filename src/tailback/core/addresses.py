"""Which network addresses belong to everybody and not to the inside of a network."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = IPv6Network("::/96")
_SITE_LOCAL = IPv6Network("fec0::/10")
_ASSIGNED = IPv4Address("192.0.0.0"), IPv4Address("192.0.0.255")


def is_public(text: str) -> bool:
    """Tell whether an address is one of the open internet; False for anything unreadable.

    Python's own flags miss addresses that carry an inner one (mapped, 6to4, NAT64, Teredo), so
    every such address is refused.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv4Address):
        return not _ASSIGNED[0] <= address <= _ASSIGNED[1]
    return not _carries_another(address)


def _carries_another(address: IPv6Address) -> bool:
    return (
        address.ipv4_mapped is not None
        or address.sixtofour is not None
        or address.teredo is not None
        or any(address in net for net in (_NAT64, _NAT64_LOCAL, _COMPATIBLE, _SITE_LOCAL))
    )
