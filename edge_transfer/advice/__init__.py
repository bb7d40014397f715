"""Advice before a training: which backbone, input side and strategy suit the project's images.

`advise`: examine the data, compare backbones and input sides, recommend.
`result`: advice as values that can be stored, and the choice within a budget of milliseconds.
`cache`: the fingerprint of the data, and advice kept in the project until the data change.
`wording`: advice as one paragraph, in English or Spanish.
`report`: advice as an HTML page.
`domain_gap`: how far the images lie from natural photographs, by Mahalanobis distance.
`transferability`: LogME and held-out nearest neighbours on embeddings, without a training.
`frame_cost`: milliseconds a frame on this machine, and on a box that was measured.
`learning_curve`: accuracy over images per class, for each strategy.
`learning_curve_report`: the learning curve as an HTML page and a table.
"""
