"""Demand: what training at the centre and forecasting in a store must compute alike.

`panel` holds the values, `features` turns them into the model's input, `outlook` turns the
model's output into units. Nothing here reads a file, knows a model or asks the time.
"""
