import pytest
from pydicom.dataset import Dataset

from service.errors import UnsupportedStudyError
from service.study.patient import Patients

from .dicom import image


def _check(*datasets: Dataset) -> None:
    patients = Patients()
    for dataset in datasets:
        patients.add(dataset)
    patients.check()


@pytest.mark.parametrize("other", [{"PatientID": "2"}, {"PatientName": "Roe^Jane"}, {"PatientBirthDate": "19710101"}])
def test_two_patients_are_refused_without_naming_them(other: dict[str, str]) -> None:
    with pytest.raises(UnsupportedStudyError) as caught:
        _check(image(), image(**other))
    assert caught.value.code == "two_patients"
    assert not any(value in caught.value.detail for value in ("Doe", "Roe", "1970", "1971"))


@pytest.mark.parametrize(
    "other", [{"PatientName": "DOE^JANE^^"}, {"PatientID": None}, {"PatientBirthDate": ""}, {"PatientID": "1 "}]
)
def test_the_same_patient_written_otherwise_is_one(other: dict[str, str]) -> None:
    _check(image(), image(**other))
