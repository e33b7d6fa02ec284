"""What to order, refill, mark down and stop buying: from forecasts and counts to proposals.

Every proposal carries its reasons; a person decides. Nothing here reads or writes anything.
"""
