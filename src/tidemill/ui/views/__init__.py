"""Typed contexts of the pages: what a page shows, and nothing about how.

``page`` the frame and the base of every page; then one file per room:
``home``, ``data``, ``bundles``, ``components``, ``tracking`` (runs), ``tuning`` (studies), ``registry`` (models),
``deployment`` (endpoints), ``monitoring`` (windows), ``loop`` (turns), ``governance`` (why, audit), ``storage``,
``erasure``, ``access`` (sign in), ``problem`` (errors).
"""

from __future__ import annotations

from tidemill.ui.values import (
    Action,
    CalibrationBin,
    ChainLink,
    Command,
    Estimate,
    Fact,
    Gate,
    GateCheck,
    Link,
    Metric,
    Station,
    Tone,
)
from tidemill.ui.views.access import SignInPage
from tidemill.ui.views.bundles import BundleCheckRow, BundledFile, BundlePage, BundleRow, BundlesPage, EnvironmentRow
from tidemill.ui.views.components import ComponentRow, ComponentsPage
from tidemill.ui.views.data import (
    CheckRow,
    DatasetPage,
    DatasetRow,
    DatasetsPage,
    DatasetVersionRow,
    FileSetRow,
    SchemaColumn,
)
from tidemill.ui.views.deployment import (
    EndpointPage,
    EndpointRow,
    EndpointsPage,
    PredictionRow,
    Quarantine,
    QuarantinedLabel,
    RevisionRow,
)
from tidemill.ui.views.erasure import ErasedRow, ErasureRow, ErasuresPage
from tidemill.ui.views.governance import AuditPage, AuditRow, Cell, LookedUp, PredictionPage
from tidemill.ui.views.home import Counts, EndpointCard, Happening, HomeLive, HomePage, Waiting
from tidemill.ui.views.loop import Loop, Outcome, TurnPage, TurnRow
from tidemill.ui.views.monitoring import DriftColumn, VersionShare, WindowPage, WindowRow
from tidemill.ui.views.page import Frame, Page
from tidemill.ui.views.problem import ErrorPage
from tidemill.ui.views.registry import (
    Input,
    ModelFile,
    ModelPage,
    ModelRow,
    ModelsPage,
    Parity,
    RocCurve,
    Slice,
    VersionPage,
    VersionRow,
)
from tidemill.ui.views.storage import BackupRow, EncryptionRow, RetentionRow, StoragePage, StoredRow, TableRow
from tidemill.ui.views.tracking import (
    DeadJob,
    NamedDigest,
    Param,
    RunPage,
    RunRow,
    RunsPage,
    RunStatus,
    StepRow,
    StepState,
)
from tidemill.ui.views.tuning import Study, TrialRow

__all__ = [
    "Action",
    "AuditPage",
    "AuditRow",
    "BackupRow",
    "BundleCheckRow",
    "BundlePage",
    "BundleRow",
    "BundledFile",
    "BundlesPage",
    "CalibrationBin",
    "Cell",
    "ChainLink",
    "CheckRow",
    "Command",
    "ComponentRow",
    "ComponentsPage",
    "Counts",
    "DatasetPage",
    "DatasetRow",
    "DatasetVersionRow",
    "DatasetsPage",
    "DeadJob",
    "DriftColumn",
    "EncryptionRow",
    "EndpointCard",
    "EndpointPage",
    "EndpointRow",
    "EndpointsPage",
    "EnvironmentRow",
    "ErasedRow",
    "ErasureRow",
    "ErasuresPage",
    "ErrorPage",
    "Estimate",
    "Fact",
    "FileSetRow",
    "Frame",
    "Gate",
    "GateCheck",
    "Happening",
    "HomeLive",
    "HomePage",
    "Input",
    "Link",
    "LookedUp",
    "Loop",
    "Metric",
    "ModelFile",
    "ModelPage",
    "ModelRow",
    "ModelsPage",
    "NamedDigest",
    "Outcome",
    "Page",
    "Param",
    "Parity",
    "PredictionPage",
    "PredictionRow",
    "Quarantine",
    "QuarantinedLabel",
    "RetentionRow",
    "RevisionRow",
    "RocCurve",
    "RunPage",
    "RunRow",
    "RunStatus",
    "RunsPage",
    "SchemaColumn",
    "SignInPage",
    "Slice",
    "Station",
    "StepRow",
    "StepState",
    "StoragePage",
    "StoredRow",
    "Study",
    "TableRow",
    "Tone",
    "TrialRow",
    "TurnPage",
    "TurnRow",
    "VersionPage",
    "VersionRow",
    "VersionShare",
    "Waiting",
    "WindowPage",
    "WindowRow",
]
