"""Shelf gaps: the facing model and the gap detector, fitted and scored on labelled pictures."""

from central_sync.ports.training import ModelKind
from central_sync.trainers.gaps.detector_kind import DetectorKind
from central_sync.trainers.gaps.kind import FacingKind

GAPS: ModelKind = FacingKind()
"""Is the facing on this crop empty?"""

GAP_DETECTOR: ModelKind = DetectorKind()
"""Where are the gaps on a picture without a planogram?"""
