"""Contract suites that every backend passes on the real thing; subclass one, bring fixtures."""
