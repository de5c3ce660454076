from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from service.errors import ConfigurationError
from service.settings import Settings
from service.site import load_site
from service.triage import load_policy

WORDING = """
odi:
  licence: held by the site
  items:
    odi_1: {nl: eerste, en: first, labels: {0: {nl: niets, en: nothing}}}
"""


def wording(folder: Path, text: str = WORDING) -> Path:
    path = folder / "wording.yaml"
    path.write_text(text)
    return path


def prognosis(folder: Path, predictors: str = "disability") -> Path:
    """A folder with a model of ``surgery_response`` that gives 0.5 whatever it is told."""
    weights = numpy_helper.from_array(np.zeros((len(predictors.split(",")), 2), np.float32), "weights")
    nodes = [
        helper.make_node("MatMul", ["predictors", "weights"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
    ]
    shapes = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, None]) for name in ("predictors", "probabilities")
    ]
    graph = helper.make_graph(nodes, "toy", shapes[:1], shapes[1:], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"version": "site-1", "predictors": predictors})
    folder = folder / "prognosis"
    folder.mkdir()
    onnx.save(model, folder / "surgery_response.onnx")
    return folder


def test_without_settings_it_is_what_is_shipped() -> None:
    site = load_site(Settings())
    assert site.policy == load_policy()
    assert (site.options.odi_missing, dict(site.models)) == ("at_least_8", {})
    assert {item.text for item in site.questionnaire.items() if item.code.startswith("odi_")} == {None}


def test_takes_everything_that_is_set(tmp_path: Path) -> None:
    settings = Settings(
        licensed_texts=wording(tmp_path),
        prognosis=prognosis(tmp_path),
        odi_missing="complete_only",
        eq5d_3l_value_set="nl-3l-2026",
    )
    site = load_site(settings)
    assert (site.options.odi_missing, site.options.eq5d_3l_value_set) == ("complete_only", "nl-3l-2026")
    assert site.models["surgery_response"].probability([30]) == pytest.approx(0.5)
    assert any(item.text and item.text.en == "first" for item in site.questionnaire.items())


def _no_model(folder: Path) -> Settings:
    (folder / "surgery_response.onnx").write_bytes(b"nonsense")
    return Settings(prognosis=folder)


BROKEN: list[tuple[Callable[[Path], Settings], str, str]] = [
    (lambda folder: Settings(licensed_texts=folder / "none.yaml"), "none.yaml", "cannot be read"),
    (lambda folder: Settings(licensed_texts=wording(folder, "odi: 7")), "wording.yaml", "odi|valid"),
    (lambda folder: Settings(prognosis=folder / "nowhere"), "nowhere", "holds no"),
    (_no_model, "surgery_response.onnx", "not an ONNX model"),
    (lambda folder: Settings(prognosis=prognosis(folder, "luck")), "surgery_response.onnx", "does not fit"),
    (lambda folder: Settings(policy=wording(folder, "[")), "wording.yaml", "not YAML"),
]


@pytest.mark.parametrize(("make", "file", "reason"), BROKEN)
def test_what_is_broken_is_named_with_the_reason(
    tmp_path: Path, make: Callable[[Path], Settings], file: str, reason: str
) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        load_site(make(tmp_path))
    assert file in caught.value.detail
