"""How well segmentations agree with manual masks, by the metrics of the SPIDER benchmark."""
