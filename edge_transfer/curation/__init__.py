"""Improving the data: which labels to check, what to record next, and a classifier that learns during recording.

`label_review`: suspected label errors, near-duplicates, outliers, and a 2-D map of all samples.
`recording_hints`: what to record next, from the catalogue and from embeddings.
`live_learner`: a head refitted after every recording, on cached embeddings.
"""
