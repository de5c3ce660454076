from service.report.summary import summarise_anatomy, summarise_study
from service.study import select
from tests.toys import block_anatomy, block_study


def test_volumes_are_voxels_times_their_size() -> None:
    anatomy = block_anatomy()
    summary = {s.name: s for s in summarise_anatomy(anatomy).structures}
    assert summary["L4-L5"].volume_mm3 == 5 * 2 * 12 * 64
    assert summary["spinal canal"].label == 100


def test_every_series_is_listed_the_chosen_ones_first_with_reasons() -> None:
    study = block_study()
    summary = summarise_study(study, select(study))
    assert [series.id for series in summary.series] == ["series-T2", "series-T1"]
    assert all(series.chosen and series.reason for series in summary.series)
    assert summary.series[0].shape == (5, 64, 64)
    assert summary.series[0].spacing_mm == (4, 4, 4)
    assert summary.missing == ("STIR",)
