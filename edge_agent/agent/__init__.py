"""The wiring of the store's program: builds every adapter and starts every loop.

Nothing is decided here, and nothing imports this but the commands. Lifetimes nest: what is opened
last is closed first, and the loops run under one supervisor. A part of the product is one module.
"""
