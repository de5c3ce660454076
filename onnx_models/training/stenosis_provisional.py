"""Central canal stenosis by thresholds of the literature: the model that is shipped until a site trains its own.

It has seen no graded level. Each measure gives a grade of its own, on a line through its thresholds and cut off at 0 and 3; their
weighted mean is a latent grade, about which readers scatter. ``python -m onnx_models.training.stenosis provisional`` writes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from service.findings.stenosis import GRADES, MEASURES

OPSET = 18
CEILING = 0.4
"""Confidence of its findings: below the policy's least, so that no proposal rests on them. Provenance: illustrative."""
SPREAD = 0.6
"""Standard deviation of a reader's grade about the latent one. Provenance: illustrative."""


@dataclass(frozen=True)
class Threshold:
    """How one measure tells the grade: ``moderate`` is the border of grades 1 and 2, ``step`` the change from grade to grade."""

    moderate: float
    step: float
    weight: float
    provenance: str


THRESHOLDS: Mapping[str, Threshold] = {
    "diameter_mm": Threshold(
        10,
        -2,
        1,
        "published: below 10 mm (Steurer et al., BMC Musculoskelet Disord 2011;12:175), relative stenosis below 12",
    ),
    "diameter_disc_ratio": Threshold(0.285, -0.055, 2, "illustrative: those diameters before a disc of 35 mm"),
    "diameter_vertebra_ratio": Threshold(
        2 / 3, -1 / 3, 2, "illustrative: by thirds of the canal half-way up the vertebra"
    ),
    "area_mm2": Threshold(75, -25, 1, "published: below 70 mm² (Steurer et al. 2011); step illustrative"),
    "area_vertebra_ratio": Threshold(2 / 3, -1 / 3, 2, "illustrative: by thirds of the canal half-way up the vertebra"),
    "csf_vertebra_ratio": Threshold(
        0.5, -1 / 3, 4, "illustrative: the classes of Lee et al. 2011 say in words how CSF gives way to the roots"
    ),
}
"""Ratios weigh double, for they grade better than sizes (Bharadwaj et al., AJNR 2022;43:1530), and CSF most, for the classes are about it:
a sac that tapers at L5-S1 is narrow and full of CSF. The weights are illustrative."""

METADATA = {
    "provenance": "illustrative",
    "confidence": str(CEILING),
    "method": "weighted mean of what thresholds of the literature say of the canal's diameter, area and CSF",
    "caution": "provisional: no graded level was there to train or to test it, so the grade only illustrates",
}


def provisional() -> onnx.ModelProto:
    """The thresholds as a network: (n, 7) measures, nan where not known, to (n, 4) probabilities of the grades."""
    known = [THRESHOLDS.get(name, Threshold(0, 1, 0, "not used")) for name in MEASURES]
    grades = np.arange(len(GRADES))
    constants = {
        "moderate": [t.moderate for t in known],
        "step": [t.step for t in known],
        "weight": [t.weight for t in known],
        "half": [1.5],
        "nothing": [0.0],
        "least": 0.0,
        "most": 3.0,
        "slope": grades / SPREAD**2,
        "offset": grades**2 / (2 * SPREAD**2),
    }
    steps = (
        ("Sub", ("measures", "moderate"), "beyond", {}),
        ("Div", ("beyond", "step"), "steps", {}),
        ("Add", ("steps", "half"), "line", {}),
        ("Clip", ("line", "least", "most"), "each", {}),
        ("IsNaN", ("measures",), "missing", {}),
        ("Where", ("missing", "nothing", "each"), "known", {}),
        ("Where", ("missing", "nothing", "weight"), "weights", {}),
        ("Mul", ("known", "weights"), "weighted", {}),
        ("ReduceSum", ("weighted", "axis"), "sum", {"keepdims": 1}),
        ("ReduceSum", ("weights", "axis"), "total", {"keepdims": 1}),
        ("Div", ("sum", "total"), "latent", {}),
        ("Mul", ("latent", "slope"), "towards", {}),
        ("Sub", ("towards", "offset"), "logits", {}),
        ("Softmax", ("logits",), "probabilities", {"axis": 1}),
    )
    nodes = [helper.make_node(kind, inputs, [output], **more) for kind, inputs, output, more in steps]
    made = [numpy_helper.from_array(np.array(value, np.float32), name) for name, value in constants.items()]
    made.append(numpy_helper.from_array(np.array([1], np.int64), "axis"))
    sides = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])
        for name, width in (("measures", len(MEASURES)), ("probabilities", len(GRADES)))
    ]
    graph = helper.make_graph(nodes, "stenosis", sides[:1], sides[1:], made)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    helper.set_model_props(model, METADATA)
    onnx.checker.check_model(model)
    return model


def latent(measures: NDArray[np.float64]) -> float:
    """The latent grade of (7,) measures, in plain words: what the network computes before it asks how readers scatter."""
    pairs = [
        (THRESHOLDS[name], x)
        for name, x in zip(MEASURES, measures, strict=True)
        if name in THRESHOLDS and np.isfinite(x)
    ]
    each = [float(np.clip(1.5 + (x - t.moderate) / t.step, 0, 3)) for t, x in pairs]
    return float(np.average(each, weights=[t.weight for t, _ in pairs]))
