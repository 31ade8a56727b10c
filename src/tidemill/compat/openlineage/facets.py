"""The facets that are sent. Each names its producer and the schema that it is valid by."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from typing import Any

_SPEC = "https://openlineage.io/spec"
RUN_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_VERSIONS = {
    "DataQualityAssertionsDatasetFacet": "1-1-0",
    "DataQualityMetricsInputDatasetFacet": "1-0-3",
    "DatasetVersionDatasetFacet": "1-0-1",
    "DatasourceDatasetFacet": "1-0-1",
    "ErrorMessageRunFacet": "1-0-1",
    "JobTypeJobFacet": "2-0-4",
    "NominalTimeRunFacet": "1-0-1",
    "OutputStatisticsOutputDatasetFacet": "1-0-2",
    "ParentRunFacet": "1-2-0",
    "ProcessingEngineRunFacet": "1-1-1",
    "SchemaDatasetFacet": "1-2-0",
    "SourceCodeLocationJobFacet": "1-1-0",
}

Facet = dict[str, Any]


class Facets:
    """Makes facets of one producer, a version of Tidemill."""

    def __init__(self, version: str) -> None:
        self.producer = f"https://tidemill.dev/openlineage/{version}"
        self._version = version

    def parent(self, run_id: str, job: Mapping[str, str]) -> Facet:
        """The run that a step belongs to, which is also the outermost."""
        whole = {"run": {"runId": run_id}, "job": dict(job)}
        return self._facet("ParentRunFacet", **whole, root=whole)

    def nominal_time(self, start: str, end: str | None) -> Facet:
        """When it was meant to run."""
        return self._facet("NominalTimeRunFacet", nominalStartTime=start, nominalEndTime=end)

    def processing_engine(self) -> Facet:
        """What ran it."""
        return self._facet(
            "ProcessingEngineRunFacet", name="tidemill", version=self._version, openlineageAdapterVersion=self._version
        )

    def error_message(self, message: str, stack_trace: str | None) -> Facet:
        """Why it failed."""
        told = {"message": message, "programmingLanguage": f"Python {platform.python_version()}"}
        return self._facet("ErrorMessageRunFacet", **told, stackTrace=stack_trace)

    def job_type(self, kind: str) -> Facet:
        """What kind of job it is: PIPELINE, STEP or RUN."""
        return self._facet("JobTypeJobFacet", processingType="BATCH", integration="TIDEMILL", jobType=kind)

    def source_code_location(self, url: str, version: str) -> Facet:
        """The repository and commit that the code was taken from."""
        return self._facet("SourceCodeLocationJobFacet", type="git", url=url, repoUrl=url, version=version)

    def schema(self, fields: Sequence[tuple[str, str]]) -> Facet:
        """The columns, with their types as polars names them."""
        return self._facet("SchemaDatasetFacet", fields=[{"name": name, "type": type_} for name, type_ in fields])

    def dataset_version(self, version: str) -> Facet:
        """Which version of a dataset it is: a number, or a digest of its content."""
        return self._facet("DatasetVersionDatasetFacet", datasetVersion=version)

    def data_source(self, name: str, uri: str) -> Facet:
        """Where a dataset comes from."""
        return self._facet("DatasourceDatasetFacet", name=name, uri=uri)

    def data_quality(
        self, counted: Mapping[str, int], columns: Mapping[str, Mapping[str, Any]], checked: Sequence[Mapping[str, Any]]
    ) -> dict[str, Facet]:
        """What was read, what is known of its columns, and what was checked of it and holds or does not."""
        metrics = self._facet("DataQualityMetricsInputDatasetFacet", **counted, columnMetrics=columns)
        if not checked:
            return {"dataQualityMetrics": metrics}
        assertions = self._facet("DataQualityAssertionsDatasetFacet", assertions=list(checked))
        return {"dataQualityMetrics": metrics, "dataQualityAssertions": assertions}

    def output_statistics(self, n_rows: int | None, size: int | None) -> Facet:
        """How much was written."""
        return self._facet("OutputStatisticsOutputDatasetFacet", rowCount=n_rows, size=size)

    def own(self, **told: Any) -> Facet:
        """What only Tidemill tells: a facet of a run under a name of its own."""
        return {"_producer": self.producer, "_schemaURL": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunFacet", **told}

    def _facet(self, schema: str, /, **told: Any) -> Facet:
        known = {key: value for key, value in told.items() if value is not None}
        url = f"{_SPEC}/facets/{_VERSIONS[schema]}/{schema}.json#/$defs/{schema}"
        return {"_producer": self.producer, "_schemaURL": url, **known}
