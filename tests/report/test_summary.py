from dataclasses import replace

from service.report.summary import AXIAL, summarise_anatomy, summarise_study
from service.study import Study, select
from tests.toys import block_anatomy, block_series, block_study


def test_volumes_are_voxels_times_their_size() -> None:
    anatomy = block_anatomy()
    summary = {s.name: s for s in summarise_anatomy(anatomy).structures}
    assert summary["L4-L5"].volume_mm3 == 5 * 2 * 12 * 16
    assert summary["spinal canal"].label == 100


def test_a_reader_is_told_which_series_had_a_say() -> None:
    assert summarise_anatomy(block_anatomy()).read_with == ()
    assert summarise_anatomy(replace(block_anatomy(), read_with=("series-T1",))).read_with == ("series-T1",)


def test_every_series_is_listed_the_chosen_ones_first_with_reasons() -> None:
    study = block_study()
    summary = summarise_study(study, select(study))
    assert [series.id for series in summary.series] == ["series-T2", "series-T1"]
    assert all(series.chosen and series.reason for series in summary.series)
    assert summary.series[0].shape == (5, 64, 64)
    assert summary.series[0].spacing_mm == (4, 2, 2)
    assert summary.missing == ("STIR",)


def test_an_axial_series_is_said_to_be_there_and_not_read() -> None:
    study = block_study()
    assert AXIAL not in summarise_study(study, select(study)).notes
    with_axial = Study((*study.series, replace(study.series[0], id="series-9", plane="axial")))
    summary = summarise_study(with_axial, select(with_axial))
    assert AXIAL in summary.notes
    assert [s.reason for s in summary.series if s.id == "series-9"] == ["rejected: axial, not sagittal"]


def test_a_few_axial_slices_are_a_localizer_unless_there_are_some_at_every_disc() -> None:
    study, few = block_study(), replace(block_series(slices=3), plane="axial")
    assert AXIAL not in summarise_study(Study((*study.series, replace(few, id="series-9"))), select(study)).notes
    angled = [replace(few, id=f"series-{number}") for number in range(5, 10)]
    assert AXIAL in summarise_study(Study((*study.series, *angled)), select(study)).notes
