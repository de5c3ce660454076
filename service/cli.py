"""The command line: thin, as the HTTP edge is."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from pydantic import ValidationError

from service.anatomy.given import GivenSegmentation
from service.anatomy.segmenter import Segmenter
from service.api.answers import JSON, parse
from service.api.examples import ANSWERS
from service.app import create_app
from service.errors import InvalidAnswersError, LumbarTriageError, UnreadableInputError
from service.evaluation.pairs import find_pairs, find_unmatched
from service.evaluation.run import Convention, evaluate
from service.evaluation.save import save as save_evaluation
from service.evaluation.summary import as_markdown
from service.findings.graders import TrainedGrader, load_graders
from service.phantom import Phantom, PhantomParameters, simulate, write_study
from service.phantom.demo import DEMO
from service.phantom.folder import TRUTH, holds, replaced
from service.phantom.parameters import LEVELS
from service.pipeline import Analysis, Segments, analyze
from service.questionnaire import Answers
from service.report.model import Language
from service.report.save import clear, save
from service.report.text import as_text
from service.runtime import expected_provider, installed_runtime
from service.settings import load_settings
from service.site import load_site
from service.study import Study, read_study
from service.study.grid import VOLUMES, has_suffix
from service.study.image import read_image
from service.study.labels import write_labels
from service.telemetry import Stopwatch, configure_logging

WRONG_INPUT, NOT_READY = 3, 4
"""Exit codes; 2 is a wrong command line, 1 a fault of ours."""

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
Out = Annotated[Path, typer.Option("--out", help="Folder for the report, the segmentation and the pictures")]
Lang = Annotated[Language, typer.Option("--lang", help="Language of what is printed, and of the pictures")]


@app.command("analyze")
def analyze_study(
    study: Annotated[
        Path, typer.Argument(help="Folder, ZIP or file of one DICOM study, or one image: .nii.gz, .mha, .nrrd")
    ],
    out: Out,
    answers: Annotated[Path | None, typer.Option("--answers", help="JSON of item code to answer")] = None,
    segmentation: Annotated[
        Path | None,
        typer.Option(
            "--segmentation", help="SPIDER labels to measure in place of running the model: .nii.gz, .mha, .nrrd"
        ),
    ] = None,
    lang: Lang = "en",
) -> None:
    """Analyse a study and answers: report.json, segmentation.nii.gz, the pictures, and the proposal."""
    given = _read_answers(answers)
    clear(out, keep=(study, segmentation))
    _tell(_analyze(study, given, segmentation), study, out, lang)


@app.command()
def segment(
    image: Annotated[Path, typer.Argument(help="DICOM folder, .nii.gz, .mha or a picture")],
    out: Annotated[Path, typer.Argument(help="Labels, in a format named by the suffix: .nii.gz, .mha, .nrrd, .png")],
    bodies: Annotated[bool, typer.Option("--bodies", help="Vertebral bodies without posterior elements")] = False,
    spacing: Annotated[
        tuple[float, float] | None, typer.Option(help="mm between rows and columns, of a picture that has none")
    ] = None,
) -> None:
    """Segment one image, and write SPIDER labels on its own grid."""
    series = read_image(image, spacing)
    for note in series.notes:
        print(f"warning: {note}", file=sys.stderr)
    anatomy = _segmenter().segment(series, progress=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_labels(anatomy.without_posterior_elements() if bodies else anatomy.labels, series, image, out)
    for warning in anatomy.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    print(out)


@app.command("evaluate")
def evaluate_segmentations(
    images: Annotated[Path, typer.Option("--images", help="Folder of images: 1_t2.mha, or 005_image.nii.gz")],
    masks: Annotated[Path, typer.Option("--masks", help="Folder of manual masks: 1_t2.mha, or 005_mask.nii.gz")],
    predictions: Annotated[
        Path | None, typer.Option("--predictions", help="Folder of label maps to judge in place of our own")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for results.csv, summary.json and the plots")] = Path(
        "out/evaluation"
    ),
    semantic: Annotated[
        bool, typer.Option("--semantic", help="Masks and predictions hold the classes 1 vertebra, 2 disc, 3 canal")
    ] = False,
    instances: Annotated[
        bool,
        typer.Option(
            "--instances",
            help="Maps without a label above 3 hold vertebrae, not classes; with --semantic: predictions hold SPIDER labels",
        ),
    ] = False,
    bodies: Annotated[
        bool, typer.Option("--bodies", help="Masks hold vertebral bodies alone: what is judged is cut down to bodies")
    ] = False,
    unnamed: Annotated[
        bool, typer.Option("--unnamed", help="Numbers of vertebrae in the masks are not levels")
    ] = False,
    spacing: Annotated[
        tuple[float, float] | None, typer.Option(help="mm between rows and columns, of pictures that have none")
    ] = None,
) -> None:
    """Compare segmentations with manual masks by SPIDER's metrics, and print a table.

    Files are matched by name; one without a counterpart is left out, and named. Intervals are drawn over patients: a patient is
    the name up to its first number that stands alone (1 of 1_t2, sub-01 of sub-01_t2), else up to its first _ (P12 of P12_t2).
    """
    pairs = find_pairs(images, masks, predictions)
    convention = Convention(semantic, bodies, not unnamed, spacing, instances)
    unmatched = find_unmatched(images, masks, predictions)
    for file in unmatched:
        print(f"left out: {file}", file=sys.stderr)
    patients = list(dict.fromkeys(pair.patient for pair in pairs))
    print(f"patients, by the names of the files ({len(patients)}): {_first(patients)}", file=sys.stderr)
    segmenter = None if predictions else _segmenter()
    results = evaluate(pairs, convention, segmenter.segment if segmenter else None, progress=True)
    for result in results:
        for note in result.notes:
            print(f"{result.name}: {note}", file=sys.stderr)
    print(as_markdown(results))
    model = segmenter.record if segmenter else None
    print("", *save_evaluation(results, out, convention, model, unmatched), sep="\n")


def _first(names: Sequence[str], most: int = 5) -> str:
    """The first few, so that a wrong rule is seen at once."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


@app.command()
def phantom(
    out: Annotated[Path, typer.Argument(help="Folder for the DICOM files, truth.json and truth.nii.gz")],
    seed: Annotated[
        int | None, typer.Option("--random", help="Draw a random patient and scanner from this seed")
    ] = None,
    parameters: Annotated[Path | None, typer.Option(help="JSON of parameters")] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE, such as cobb_degrees=12 or L4-L5.height_mm=6")
    ] = None,
) -> None:
    """Simulate a lumbar MRI study of which everything is known."""
    chosen = PhantomParameters.random(seed) if seed is not None else _parameters(parameters)
    chosen = _changed(chosen, change or [])
    with replaced(out) as folder:
        _write_phantom(simulate(chosen), folder, folder)
    print(out)


@app.command()
def demo(out: Out = Path("out/demo"), lang: Lang = "en") -> None:
    """Simulate a study, analyse it with made-up answers, and print the proposal."""
    study = out / "study"
    if not holds(DEMO, study):
        print("Simulating a study …", file=sys.stderr)
        with replaced(study) as folder:
            _write_phantom(simulate(DEMO), folder, out)
    clear(out)
    _tell(_analyze(study, Answers.model_validate(ANSWERS)), study, out, lang)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="Port")] = None,
) -> None:
    """Start the HTTP service; everything else is set by environment variables named LUMBAR_TRIAGE_*."""
    settings = load_settings()
    configure_logging(settings.log_level)
    installed_runtime()
    load_site(settings)
    uvicorn.run(
        create_app(settings),
        host=host or settings.host,
        port=port or settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=50,
    )


def _analyze(study: Path, answers: Answers, segmentation: Path | None = None) -> Analysis:
    site, graders = load_site(load_settings()), _graders()
    segmenter: Segments = GivenSegmentation.read(segmentation) if segmentation else _segmenter()
    clock = Stopwatch(lambda step: print(f"{step} …", file=sys.stderr))
    with clock("read"):
        read = Study((read_image(study),)) if has_suffix(study, VOLUMES) else read_study(study)
    return analyze(
        read,
        answers,
        segmenter,
        site.policy,
        graders,
        options=site.options,
        models=site.models,
        clock=clock,
        progress=True,
    )


def _tell(done: Analysis, study: Path, out: Path, lang: Language) -> None:
    saved = save(done.report, done.anatomies, out, study, lang)
    run = done.report.run
    print(as_text(done.report, lang))
    print(f"\n{sum(run.seconds.values()):.1f} s on {run.provider}. Report: {out / 'report.json'}")
    print("Pictures:", *saved.pictures, sep="\n  ")
    if saved.missing:
        print("Not drawn:", *saved.missing, sep="\n  ")


def _segmenter() -> Segmenter:
    settings = load_settings()
    installed_runtime()
    return Segmenter.load(settings.models, provider=expected_provider(settings.provider), threads=settings.threads)


def _graders() -> tuple[TrainedGrader, ...]:
    settings = load_settings()
    return load_graders(settings.models, expected_provider(settings.provider), settings.threads)


def _read_answers(path: Path | None) -> Answers:
    if path is None:
        return Answers.model_validate({})
    try:
        return parse(path.read_bytes(), JSON)
    except OSError as error:
        raise InvalidAnswersError(f"The answers' file cannot be read: {error.strerror}.") from error


def _write_phantom(made: Phantom, study: Path, truth: Path) -> None:
    """The DICOM files in one folder; in the other what was simulated and is true of it (JSON) and the true labels (NIfTI)."""
    write_study(made, study)
    measured = [finding.model_dump(mode="json") for finding in made.measurements]
    told = {"parameters": made.parameters.model_dump(mode="json"), "measurements": measured}
    parameters, labels = (truth / name for name in TRUTH)
    parameters.write_text(json.dumps(told, indent=2))
    anatomy = next(iter(made.truth.values()))
    write_labels(anatomy.labels, anatomy.series, None, labels)


def _parameters(path: Path | None) -> PhantomParameters:
    if path is None:
        return PhantomParameters()
    try:
        return PhantomParameters.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UnreadableInputError("The parameters' file cannot be read.") from error


def _changed(parameters: PhantomParameters, changes: list[str]) -> PhantomParameters:
    for change in changes:
        key, found, text = change.partition("=")
        if not found:
            raise typer.BadParameter(f"{change} is not KEY=VALUE")
        value = _value(text)
        owner, _, name = key.rpartition(".")
        if not owner:
            parameters = PhantomParameters.model_validate({**parameters.model_dump(), name: value})
        elif owner == "acquisition":
            inner = {**parameters.acquisition.model_dump(), name: value}
            parameters = PhantomParameters.model_validate({**parameters.model_dump(), "acquisition": inner})
        elif owner in LEVELS:
            parameters = parameters.with_level(owner, **{name: value})
        else:
            raise typer.BadParameter(f"{owner} is neither acquisition nor one of {', '.join(LEVELS)}")
    return parameters


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def main() -> None:
    """Entry point: own errors become one line on stderr and an exit code."""
    try:
        app()
    except LumbarTriageError as error:
        print(f"{type(error).title}: {error.detail} [{error.code}]", file=sys.stderr)
        sys.exit(WRONG_INPUT if type(error).status < 500 else NOT_READY)
    except ValidationError as error:
        faults = [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        print(f"Not valid: {'; '.join(faults)}", file=sys.stderr)
        sys.exit(WRONG_INPUT)
