"""Radiobiology on numbers and arrays: regimens, BED, EQD2 and the models behind them."""
