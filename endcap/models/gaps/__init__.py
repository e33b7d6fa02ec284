"""Shelf gaps: what training, evaluation and the store must compute alike.

Boxes, crops and detections, and rendered shelves with exact truth. Running a model, reading and
writing files are the callers'.
"""
