"""An evaluation on disk: every structure as CSV, the summary as JSON, and the pictures."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

import service
from service.anatomy.network import ModelRecord
from service.evaluation.compare import Score
from service.evaluation.plots import dice_plot, reliability_plot
from service.evaluation.reliability import reliability
from service.evaluation.run import Convention, ImageResult
from service.evaluation.summary import all_named_right, summarize


def save(
    results: Sequence[ImageResult],
    folder: Path,
    convention: Convention,
    model: ModelRecord | None = None,
    unmatched: Sequence[str] = (),
) -> list[Path]:
    """Write ``results.csv``, ``summary.json``, ``dice.png`` and, where confidences were stated, ``reliability.png``.

    Args:
        model: what made the predictions; none if they were given.
        unmatched: files that were left out, each with the reason.

    Returns:
        The paths.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_rows(results, folder / "results.csv")
    calibrated = reliability(results, all_drawn=not convention.bodies)
    summary = {
        "version": service.__version__,
        "model": asdict(model) if model else "given predictions",
        "masks": asdict(convention),
        "images": len(results),
        "patients": len({r.patient for r in results}),
        "unmatched": list(unmatched),
        "all_levels_named_right": all_named_right(results),
        "kinds": [asdict(kind) for kind in summarize(results)],
        "reliability": asdict(calibrated) if calibrated else None,
        "seconds": {r.name: round(r.seconds, 3) for r in results if r.seconds is not None},
        "notes": {r.name: r.notes for r in results if r.notes},
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=2))
    pictures = {"dice.png": dice_plot(results)} | (
        {"reliability.png": reliability_plot(calibrated)} if calibrated else {}
    )
    for name, png in pictures.items():
        (folder / name).write_bytes(png)
    return [folder / name for name in ("results.csv", "summary.json", *pictures)]


def _write_rows(results: Sequence[ImageResult], path: Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["image", "patient", *(field.name for field in fields(Score))])
        writer.writeheader()
        for result in results:
            writer.writerows({"image": result.name, "patient": result.patient, **asdict(s)} for s in result.scores)
