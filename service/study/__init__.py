"""bytes → Study → chosen Series: reading, grouping, plane and weighting, geometry. One geometry type, here."""

from service.study.image import read_image
from service.study.labels import write_labels
from service.study.limits import Limits
from service.study.model import Selection, Series, Study
from service.study.reader import read_study
from service.study.selection import select

__all__ = ["Limits", "Selection", "Series", "Study", "read_image", "read_study", "select", "write_labels"]
