"""What the store's own residuals teach about a model's forecasts, a day at a time.

`levels` corrects how much, `intervals` how sure, `local_events` learns what a kind of event does.
Each day adds to a few sums; no past day is read again. Only forecasts that were made before a day
began are compared with it.
"""
