"""Measurements of this project, alone and beside its peers; `python -m benchmarks` lists them."""
