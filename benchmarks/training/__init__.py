"""Trainings of TrashNet and its like, part by part: `python -m benchmarks training.PART`."""
