"""What OpenLineage 2-0-2 asks of an event and of the facets that are sent, as JSON Schema.

Said here in our own words after the published specification (https://openlineage.io/spec/2-0-2/OpenLineage.json and
the facets of the versions named below; Apache License 2.0): which fields are required, of which type and form. Stricter
than that in one point: a facet that is not named here is refused unless it is one of Tidemill's own.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
URI: Schema = {"type": "string", "format": "uri"}
UUID: Schema = {"type": "string", "format": "uuid"}
FLAG: Schema = {"type": "boolean"}
FORMATS = FormatChecker(formats=())


def is_instant(value: object) -> bool:
    """RFC 3339: with a T and a zone."""
    found = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", str(value))
    return found is not None and datetime.fromisoformat(str(value)) is not None


def is_uri(value: object) -> bool:
    """RFC 3986: with a scheme, and no blanks."""
    return bool(urlsplit(str(value)).scheme) and not re.search(r"\s", str(value))


def is_uuid(value: object) -> bool:
    """RFC 9562, in its usual spelling."""
    return str(uuid.UUID(str(value))) == value


FORMATS.checks("date-time", raises=ValueError)(is_instant)
FORMATS.checks("uri", raises=ValueError)(is_uri)
FORMATS.checks("uuid", raises=ValueError)(is_uuid)


def shape(fields: Mapping[str, Schema], required: Sequence[str], **more: Any) -> Schema:
    """An object with these fields."""
    return {"type": "object", "properties": dict(fields), "required": list(required), **more}


def listed(items: Schema) -> Schema:
    """A list of them."""
    return {"type": "array", "items": items}


def facet(name: str, version: str, fields: Mapping[str, Schema], required: Sequence[str]) -> Schema:
    """A facet of a version, which names its schema."""
    url = f"https://openlineage.io/spec/facets/{version}/{name}.json#/$defs/{name}"
    base = {"_producer": URI, "_schemaURL": {"const": url}}
    known = base | dict(fields)
    return shape(known, [*base, *required], additionalProperties=False)


RUN_REF = shape({"runId": UUID}, ["runId"])
JOB_REF = shape({"namespace": TEXT, "name": TEXT}, ["namespace", "name"])
OWN = shape({"_producer": URI, "_schemaURL": URI}, ["_producer", "_schemaURL"])
METRICS = {
    "nullCount": WHOLE, "distinctCount": WHOLE, "sum": NUMBER, "count": NUMBER, "min": NUMBER, "max": NUMBER,
    "quantiles": {"type": "object", "additionalProperties": NUMBER},
}  # fmt: skip
RUN_FACETS = {
    "parent": facet(
        "ParentRunFacet",
        "1-2-0",
        {"run": RUN_REF, "job": JOB_REF, "root": shape({"run": RUN_REF, "job": JOB_REF}, ["run", "job"])},
        ["run", "job"],
    ),
    "errorMessage": facet(
        "ErrorMessageRunFacet",
        "1-0-1",
        {"message": TEXT, "programmingLanguage": TEXT, "stackTrace": TEXT},
        ["message", "programmingLanguage"],
    ),
    "nominalTime": facet(
        "NominalTimeRunFacet", "1-0-1", {"nominalStartTime": INSTANT, "nominalEndTime": INSTANT}, ["nominalStartTime"]
    ),
    "processing_engine": facet(
        "ProcessingEngineRunFacet",
        "1-1-1",
        {"version": TEXT, "name": TEXT, "openlineageAdapterVersion": TEXT},
        ["version"],
    ),
    "tidemill_run": OWN,
    "tidemill_step": OWN,
}
JOB_FACETS = {
    "jobType": facet(
        "JobTypeJobFacet",
        "2-0-4",
        {"processingType": {"enum": ["BATCH", "STREAMING", "SERVICE"]}, "integration": TEXT, "jobType": TEXT},
        ["processingType", "integration"],
    ),
    "sourceCodeLocation": facet(
        "SourceCodeLocationJobFacet",
        "1-1-0",
        {"type": TEXT, "url": URI, "repoUrl": TEXT, "path": TEXT, "version": TEXT, "tag": TEXT, "branch": TEXT},
        ["type", "url"],
    ),
}
FIELD = shape({"name": TEXT, "type": TEXT, "description": TEXT}, ["name"])
DATASET_FACETS = {
    "schema": facet("SchemaDatasetFacet", "1-2-0", {"fields": listed(FIELD)}, []),
    "version": facet("DatasetVersionDatasetFacet", "1-0-1", {"datasetVersion": TEXT}, ["datasetVersion"]),
    "dataSource": facet("DatasourceDatasetFacet", "1-0-1", {"name": TEXT, "uri": URI}, []),
}
INPUT_FACETS = {
    "dataQualityMetrics": facet(
        "DataQualityMetricsInputDatasetFacet",
        "1-0-3",
        {
            "rowCount": WHOLE,
            "bytes": WHOLE,
            "fileCount": WHOLE,
            "lastUpdated": INSTANT,
            "columnMetrics": {"type": "object", "additionalProperties": shape(METRICS, [], additionalProperties=False)},
        },
        ["columnMetrics"],
    ),
    "dataQualityAssertions": facet(
        "DataQualityAssertionsDatasetFacet",
        "1-1-0",
        {"assertions": listed(shape({"assertion": TEXT, "success": FLAG, "column": TEXT}, ["assertion", "success"]))},
        ["assertions"],
    ),
}
OUTPUT_FACETS = {
    "outputStatistics": facet(
        "OutputStatisticsOutputDatasetFacet", "1-0-2", {"rowCount": WHOLE, "size": WHOLE, "fileCount": WHOLE}, []
    )
}


def only(facets: Mapping[str, Schema]) -> Schema:
    """Facets by name, none but these."""
    return {"type": "object", "properties": dict(facets), "additionalProperties": False}


def dataset(kind: str, facets: Mapping[str, Schema]) -> Schema:
    """A dataset with its own facets and those of a direction."""
    fields = {"namespace": TEXT, "name": TEXT, "facets": only(DATASET_FACETS), kind: only(facets)}
    return shape(fields, ["namespace", "name"], additionalProperties=False)


EVENT = shape(
    {
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "eventTime": INSTANT,
        "producer": URI,
        "schemaURL": {"const": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"},
        "run": shape({"runId": UUID, "facets": only(RUN_FACETS)}, ["runId"], additionalProperties=False),
        "job": shape(
            {"namespace": TEXT, "name": TEXT, "facets": only(JOB_FACETS)},
            ["namespace", "name"],
            additionalProperties=False,
        ),
        "inputs": listed(dataset("inputFacets", INPUT_FACETS)),
        "outputs": listed(dataset("outputFacets", OUTPUT_FACETS)),
    },
    ["eventTime", "producer", "schemaURL", "run", "job"],
    additionalProperties=False,
)


def check_event(event: Mapping[str, Any]) -> None:
    """Raise AssertionError with everything that is wrong with an event."""
    wrong = list(Draft202012Validator(EVENT, format_checker=FORMATS).iter_errors(event))
    assert not wrong, "\n".join(f"{'/'.join(map(str, each.absolute_path))}: {each.message}" for each in wrong)
