"""Finding jobs: unfinished and dead ones in the ledger, ended ones in the archive."""

from tailback.server.search.find import Finder
from tailback.server.search.query import QueryError, parse_query

__all__ = ["Finder", "QueryError", "parse_query"]
