"""The classes that the segmentation network tells apart, before they become named structures."""

from enum import IntEnum


class Tissue(IntEnum):
    """Channel order of the network's output; a contract between training and service."""

    BACKGROUND = 0
    BODY = 1
    """Vertebral body, without pedicles."""
    POSTERIOR = 2
    """Posterior elements: pedicles, laminae, articular, transverse and spinous processes."""
    DISC = 3
    CANAL = 4
    SACRUM = 5
    """First sacral body, S1."""
