"""Time and memory to segment 15 slices of 448 x 448, and the same for a network of nnU-Net's size on the same volume.

Each is run in a fresh process, on the same threads of the same ONNX Runtime, one after the other: ours by the whole of the
service's path from series to named structures, the other by the sliding window alone, without nnU-Net's resampling and
mirroring. ``--card`` writes the figures into the model's card.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from benchmarks import nnunet_sized
from service.anatomy.instances import name_structures
from service.anatomy.network import session_options
from service.anatomy.segmenter import Segmenter
from service.settings import Settings
from service.study.model import Series

GOAL_SECONDS, GOAL_GB, GOAL_RATIO = 1.5, 1.0, 50.0
THERMAL_WATTS_PER_CORE = 10.0
"""An assumed share of a server processor's rated power. Only the estimate of energy rests on it."""
MARKS = "<!-- speed: written by benchmarks/segmenter.py -->"
REPEATS = 5

Figures = dict[str, float]


def main() -> int:
    """Print the table; the exit code says whether the goals are met."""
    options = _arguments()
    if options.measure:
        print(json.dumps(MEASURES[options.measure](_volume(options.volume), options.threads)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        volume = Path(folder) / "volume.npz"
        _simulate(volume)
        ours, theirs = (_run(name, volume, options.threads) for name in MEASURES)
    text = table(ours, theirs, options.threads)
    print(text)
    if options.card:
        before, _, after = options.card.read_text().split(MARKS)
        options.card.write_text(f"{before}{MARKS}\n{text}{MARKS}{after}")
    kept = ours["segment"] <= GOAL_SECONDS and ours["peak GB"] <= GOAL_GB
    return 0 if kept and theirs["segment"] / ours["segment"] >= GOAL_RATIO else 1


def table(ours: Figures, theirs: Figures, threads: int) -> str:
    """Markdown of both and of their ratio."""
    ratio = {name: theirs["segment"] / ours[name] for name in ("segment", "classify")}
    energy = ours["processor"] * THERMAL_WATTS_PER_CORE
    return "\n".join(
        [
            f"| 15 slices of 448 x 448, {threads} threads | this segmenter | network of nnU-Net's size | ratio |",
            "|---|---|---|---|",
            f"| first volume after loading, s | {ours['first']:.2f} | – | |",
            f"| series to named structures, s | {ours['segment']:.2f} | {theirs['segment']:.1f} | {ratio['segment']:.0f} |",
            f"| series to classes of voxels, s | {ours['classify']:.2f} | {theirs['segment']:.1f} | {ratio['classify']:.0f} |",
            f"| time of all cores, s | {ours['processor']:.2f} | {theirs['processor']:.1f} | "
            f"{theirs['processor'] / ours['processor']:.0f} |",
            f"| peak memory of the process, GB | {ours['peak GB']:.2f} | {theirs['peak GB']:.2f} | "
            f"{theirs['peak GB'] / ours['peak GB']:.1f} |",
            f"| parameters, millions | {ours['parameters']:.1f} | {theirs['parameters']:.1f} | |",
            "",
            f"Goals: {GOAL_SECONDS} s, {GOAL_GB} GB, a ratio of {GOAL_RATIO:.0f}. Energy of one series, an estimate: "
            f"{energy:.0f} J, so {2 * energy:.0f} J for the two of a study (time of all cores x {THERMAL_WATTS_PER_CORE:.0f} W a core, assumed).",
            "",
        ]
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=Settings().threads)
    parser.add_argument("--card", type=Path, help="model card to write the table into")
    parser.add_argument("--measure", choices=tuple(MEASURES), help=argparse.SUPPRESS)
    parser.add_argument("--volume", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _simulate(path: Path) -> None:
    from service.phantom import Acquisition, simulate
    from service.phantom.demo import DEMO

    acquisition = Acquisition(rows=448, columns=448, row_spacing_mm=0.625, column_spacing_mm=0.625, slices=15)
    series = simulate(DEMO.model_copy(update={"acquisition": acquisition})).series["T2"]
    np.savez(path, pixels=series.pixels, affine=series.geometry.affine)


def _volume(path: Path) -> Series:
    from service.study.geometry import Geometry

    with np.load(path) as saved:
        pixels, affine = saved["pixels"], saved["affine"]
    return Series("series-1", pixels, Geometry(affine, pixels.shape), weighting="T2")


def _run(name: str, volume: Path, threads: int) -> Figures:
    command = [sys.executable, "-m", "benchmarks.segmenter", "--measure", name]
    command += ["--volume", str(volume), "--threads", str(threads)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  our own module
    result: Figures = json.loads(done.stdout)
    return result


def _ours(series: Series, threads: int) -> Figures:
    settings = Settings()
    segmenter = Segmenter.load(settings.models, provider="cpu", threads=threads)
    first, _ = _timed(lambda: segmenter.segment(series))
    whole, classes, processor = [], [], []
    for _ in range(REPEATS):
        seconds, cpu = _timed(lambda: name_structures(series, *segmenter.classify(series)))
        whole.append(seconds)
        processor.append(cpu)
        classes.append(_timed(lambda: segmenter.classify(series))[0])
    weights = (settings.models / "segmenter-float32.onnx").stat().st_size / 4e6
    return {
        "first": first,
        "segment": median(whole),
        "classify": median(classes),
        "processor": median(processor),
        "peak GB": _peak_gb(),
        "parameters": weights,
    }


def _theirs(series: Series, threads: int) -> Figures:
    network = nnunet_sized.model()
    session = ort.InferenceSession(
        network.SerializeToString(), session_options(threads), providers=["CPUExecutionProvider"]
    )
    corners = nnunet_sized.corners(series.pixels.shape)
    image = (series.pixels - series.pixels.mean()) / series.pixels.std()
    patches = [_patch(image, corner) for corner in corners]
    session.run(None, {"patch": patches[0]})
    sums = np.zeros((6, *image.shape), np.float32)

    def slide() -> None:
        for corner, patch in zip(corners, patches, strict=True):
            place = tuple(slice(c, c + p) for c, p in zip(corner, nnunet_sized.PATCH, strict=True))
            sums[(slice(None), *place)] += session.run(None, {"patch": patch})[0][0]
        sums.argmax(0)

    seconds, processor = _timed(slide)
    parameters = nnunet_sized.parameters(network) / 1e6
    return {"segment": seconds, "processor": processor, "peak GB": _peak_gb(), "parameters": parameters}


def _patch(image: NDArray[np.float32], corner: nnunet_sized.Triple) -> NDArray[np.float32]:
    place = tuple(slice(c, c + p) for c, p in zip(corner, nnunet_sized.PATCH, strict=True))
    return np.ascontiguousarray(image[place][None, None], np.float32)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of all cores."""
    clock, cores = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - cores


def _peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


MEASURES: dict[str, Callable[[Series, int], Figures]] = {"ours": _ours, "theirs": _theirs}


if __name__ == "__main__":
    sys.exit(main())
