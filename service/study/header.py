"""One way to ask a classic and an enhanced multi-frame image for an attribute of one of its frames."""

from typing import Any

import numpy as np
from pydicom import Dataset


class Header:
    """The attributes that apply to one frame: its own functional groups, then the shared ones, then the whole image.

    Source: DICOM PS3.3 C.7.6.16 (multi-frame functional groups). A classic image has only the last layer.
    A value that is missing, empty or malformed reads as None.
    """

    def __init__(self, dataset: Dataset, frame: int | None = None) -> None:
        self._layers = (*_groups(dataset, frame), dataset)

    def value(self, keyword: str) -> Any:  # noqa: ANN401 - whatever the attribute's value representation holds
        """The first non-empty value of an attribute."""
        for layer in self._layers:
            found = _safely(layer, keyword)
            if found is not None and found != "" and not (hasattr(found, "__len__") and len(found) == 0):
                return found
        return None

    def text(self, keyword: str) -> str | None:
        """A value as one line of text without blanks at its ends."""
        value = self.value(keyword)
        return None if value is None else str(value).strip() or None

    def texts(self, keyword: str) -> tuple[str, ...]:
        """All values of an attribute, in upper case."""
        value = self.value(keyword)
        if value is None:
            return ()
        values = [value] if isinstance(value, str) or not hasattr(value, "__iter__") else value
        return tuple(str(v).strip().upper() for v in values)

    def numbers(self, keyword: str) -> tuple[float, ...] | None:
        """All values as finite numbers, or None when one is not."""
        try:
            numbers = np.atleast_1d(np.array(self.value(keyword), float))
        except (TypeError, ValueError):
            return None
        return tuple(map(float, numbers)) if np.isfinite(numbers).all() else None

    def number(self, *keywords: str) -> float | None:
        """The first value of the first of these attributes that has one."""
        for keyword in keywords:
            numbers = self.numbers(keyword)
            if numbers:
                return numbers[0]
        return None

    def items(self, keyword: str) -> list[Dataset]:
        """The items of a sequence; none when it is absent."""
        return list(self.value(keyword) or ())


def _groups(dataset: Dataset, frame: int | None) -> list[Dataset]:
    if frame is None:
        return []
    per_frame = _safely(dataset, "PerFrameFunctionalGroupsSequence") or []
    shared = _safely(dataset, "SharedFunctionalGroupsSequence") or []
    groups = [*per_frame[frame : frame + 1], *shared[:1]]
    return [element.value[0] for group in groups for element in group if element.VR == "SQ" and element.value]


def _safely(dataset: Dataset, keyword: str) -> Any:  # noqa: ANN401 - as above
    try:
        return dataset.get(keyword)
    except Exception:  # pydicom converts values on access, and a malformed one may raise anything
        return None
