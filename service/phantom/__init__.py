"""A lumbar-spine MRI simulator with exact ground truth: demo study, test instrument and source of training data."""

from service.phantom.dicom import write_study
from service.phantom.model import Phantom
from service.phantom.parameters import Acquisition, DiscLevel, PhantomParameters, Timing
from service.phantom.simulate import simulate, training_slices

__all__ = [
    "Acquisition",
    "DiscLevel",
    "Phantom",
    "PhantomParameters",
    "Timing",
    "simulate",
    "training_slices",
    "write_study",
]
