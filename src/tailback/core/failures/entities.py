"""What a failure is about: one extractor for each thing that tells reasons of a kind apart.

An extractor takes the evidence and returns a name that is the same whatever the ids, shards,
wordings and libraries, or None when nothing is named.
"""

from dataclasses import replace

from tailback.core.failures import entities_code as code
from tailback.core.failures import entities_record as record
from tailback.core.failures import entities_service as service
from tailback.core.failures.evidence import Evidence
from tailback.core.failures.extract import Extractor


def _nothing(_: Evidence) -> None:
    return None


EXTRACTORS: dict[str, Extractor] = {
    "nothing": _nothing,
    "upstream": service.upstream,
    "technology": service.technology,
    "pool": service.pool,
    "query": service.query,
    "engine": service.engine,
    "recipient": service.recipient,
    "provider": service.provider,
    "constraint": record.constraint,
    "column": record.only_column,
    "table": record.table,
    "model": record.model,
    "field": record.field,
    "variable": code.variable,
    "template": code.template,
    "setting": code.setting_name,
    "alias": code.alias,
    "task": code.task,
    "name": code.name_or_place,
    "function": code.function_or_place,
    "place": code.place,
    "none": code.none_value,
    "area": code.area,
    "command": code.command,
    "text": code.text,
    "file_type": code.file_type,
}


def entity_of(extractor: str, evidence: Evidence) -> str | None:
    """Return what the failure is about, by the extractor of its kind."""
    extract = EXTRACTORS[extractor]
    found = extract(evidence)
    if found is None:
        for link in evidence.links:
            if link is not evidence.link:
                found = found or extract(replace(evidence, link=link))
    return found
