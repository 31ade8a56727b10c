"""A LightGBM booster's own text file, packaged without rows to compare a compiled form with: it answers natively."""

from __future__ import annotations

from collections.abc import Sequence

from tidemill.models.errors import UnsupportedModelError
from tidemill.models.lightgbm_format import TEXT_FILE, LightGBMFormat
from tidemill.models.lightgbm_text import LightGBMText, parse_lightgbm_text
from tidemill.models.outside.mlmodel import GivenColumn
from tidemill.models.package import PARITY_FILE, SIGNATURE_FILE, ModelPackage
from tidemill.models.parity import ParityReport
from tidemill.models.signature import Kind


def package_booster(data: bytes, given: Sequence[GivenColumn] = ()) -> ModelPackage:
    """Package a text file that LightGBM has written. It is read here before LightGBM ever sees it.

    given: the columns as a signature names them. Raises DamagedError for a file that is cut or changed,
    UnsupportedModelError for several classes or a ranking, UsageError for names that cannot be.
    """
    text = parse_lightgbm_text(data)
    if text.n_outputs > 1 or text.objective[:1] in (["lambdarank"], ["rank_xendcg"]):
        raise UnsupportedModelError(
            f"the LightGBM model is {' '.join(text.objective)[:80]!r}: two classes and regression are served"
        )
    names = _names(text, given)
    signature = LightGBMFormat().describe({TEXT_FILE: data}, dict(zip(names, _kinds(text), strict=True)))
    report = ParityReport(passed=False, reason="not compiled: it came without rows to compare a compiled form on")
    return ModelPackage({TEXT_FILE: data, SIGNATURE_FILE: signature.to_json(), PARITY_FILE: report.to_json()})


def _names(text: LightGBMText, given: Sequence[GivenColumn]) -> list[str]:
    """Return the names of the inputs in the model's order; a signature spells spaces as they were."""
    spelled = {each.name.replace(" ", "_"): each.name for each in given}
    return [spelled.get(name, name) for name in text.feature_names]


def _kinds(text: LightGBMText) -> list[Kind]:
    """Tell categories from numbers: the range of a number stands in brackets, the levels of a category do not."""
    infos = text.header["feature_infos"].split(" ")
    if not text.categories:  # levels that are numbers are asked for as numbers
        return ["number"] * len(infos)
    return ["number" if info.startswith("[") or info == "none" else "category" for info in infos]
