"""Rows: one observation of one step on one frame, written to and read from Parquet parts."""
