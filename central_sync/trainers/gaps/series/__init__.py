"""Days of a fixed camera with exact truth: what becomes empty when, who passes, what goes wrong.

plan.py draws what happens, scenes.py what the shelf looks like, weather.py what the camera makes of
it, playing.py puts them together. Made from photographs that are given, or from rendered shelves;
nothing is written.
"""
