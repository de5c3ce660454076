"""Time and memory of one whole study of 15 T1 and 15 T2 slices of 448 x 448: files in, report and overlays out.

The other pictures, which the command line draws and the service only where asked, are timed apart.

The study is a phantom. Every run is a fresh process, as the first study after a start is, so its peak memory is its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

BUDGET_SECONDS, BUDGET_GB = 12.0, 2.0


def main() -> int:
    """Print a table of the steps' times, the whole and the peak memory; the exit code says whether the budget is kept."""
    options = _options()
    if options.measure:
        print(json.dumps(_measure(options.measure)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        _simulate(Path(folder))
        runs = [_run(Path(folder)) for _ in range(options.repeats)]
    return _report(runs)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _simulate(folder: Path) -> None:
    from service.phantom import Acquisition, simulate, write_study
    from service.phantom.demo import DEMO

    acquisition = Acquisition(rows=448, columns=448, row_spacing_mm=0.625, column_spacing_mm=0.625, slices=15)
    write_study(simulate(DEMO.model_copy(update={"acquisition": acquisition})), folder)


def _run(folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.study", "--measure", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  our own module
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _measure(folder: Path) -> dict[str, float]:
    from service.anatomy.segmenter import Segmenter
    from service.api.examples import ANSWERS
    from service.findings.graders import load_graders
    from service.pipeline import analyze
    from service.questionnaire import Answers
    from service.report.pictures import KINDS, draw
    from service.settings import Settings
    from service.study import read_study
    from service.telemetry import Stopwatch
    from service.triage import load_policy

    settings, start, clock = Settings(), Stopwatch(), Stopwatch()
    cpu = time.process_time()
    with start("load"):
        segmenter = Segmenter.load(settings.models, provider="cpu", threads=settings.threads)
        graders = load_graders(settings.models, provider="cpu", threads=settings.threads)
        policy = load_policy(settings.policy)
    with clock("read"):
        study = read_study(folder)
    done = analyze(study, Answers.model_validate(ANSWERS), segmenter, policy, graders, clock=clock)
    with clock("overlays"):
        draw(done.report, done.anatomies, kinds=("overlay",))
    others = Stopwatch()
    with others("other pictures"):
        draw(done.report, done.anatomies, kinds=[kind for kind in KINDS if kind != "overlay"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    return {
        "load (once)": start.seconds["load"],
        **clock.seconds,
        "whole": sum(clock.seconds.values()),
        "other pictures": others.seconds["other pictures"],
        "of all cores": time.process_time() - cpu,
        "peak GB": peak,
    }


def _report(runs: list[dict[str, float]]) -> int:
    print(f"{'':14}{'best':>8}{'median':>8}   of {len(runs)} runs, seconds")
    for name in runs[0]:
        values = [run[name] for run in runs]
        print(f"{name:14}{min(values):8.2f}{median(values):8.2f}")
    whole, peak = median(run["whole"] for run in runs), max(run["peak GB"] for run in runs)
    print(
        f"\nof the budget  {whole / BUDGET_SECONDS:.2f} of {BUDGET_SECONDS:g} s, {peak / BUDGET_GB:.2f} of {BUDGET_GB:g} GB"
    )
    return 0 if whole <= BUDGET_SECONDS and peak <= BUDGET_GB else 1


if __name__ == "__main__":
    sys.exit(main())
