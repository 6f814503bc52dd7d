"""The configuration that a running server goes by."""

from tailback.server.config.model import Config


class Current:
    """Holds one configuration, replaced as a whole: parts that ask each time see each change."""

    def __init__(self, config: Config) -> None:
        """Begin with `config`."""
        self._config = config

    def __call__(self) -> Config:
        """Return what counts now; safe from any thread."""
        return self._config

    def take(self, config: Config) -> None:
        """Go by `config` from now on."""
        self._config = config
