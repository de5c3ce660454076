"""Whether all files of an upload speak of the same patient."""

from pydicom import Dataset

from service.errors import UnsupportedStudyError
from service.study.header import Header

_IDENTITY = ("PatientID", "PatientName", "PatientBirthDate")


class Patients:
    """The identities met so far. They live only here and only as long as the upload is read."""

    def __init__(self) -> None:
        self._seen: dict[str, set[str]] = {keyword: set() for keyword in _IDENTITY}

    def add(self, dataset: Dataset) -> None:
        """Takes note of whom a DICOM object is about; an attribute that is absent or empty says nothing."""
        header = Header(dataset)
        for keyword, seen in self._seen.items():
            value = _normal(header.text(keyword) or "")
            if value:
                seen.add(value)

    def check(self) -> None:
        """Refuses an upload whose patient identifiers, names or birth dates differ.

        Raises:
            UnsupportedStudyError: more than one patient; which, it does not say.
        """
        if any(len(seen) > 1 for seen in self._seen.values()):
            raise UnsupportedStudyError(
                "The upload holds images of more than one patient. Send one patient's examination.", code="two_patients"
            )


def _normal(value: str) -> str:
    """Case, blanks and empty name components do not make another person (DICOM PS3.5 6.2.1.2)."""
    return " ".join(value.split("=", maxsplit=1)[0].replace("^", " ").casefold().split())
