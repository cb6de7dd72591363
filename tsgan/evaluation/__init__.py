"""Judging: how far generated paths resemble the market, beside the classical models."""
