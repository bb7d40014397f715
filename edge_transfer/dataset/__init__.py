"""The project folder and its catalogue: classes, capture sessions, samples, splits and undo.

`project`: paths of a project folder, and its settings.
`schema`: tables of the catalogue; opening, migrating and checking its SQLite file.
`catalog`: classes, sessions, samples and labels: reading and changing them.
`records`: dataclasses that the catalogue takes and returns, and the rules for class names.
`samples`: insert samples into the catalogue, and label them.
`reader`: read-only queries for the window, fast at 100,000 samples.
`undo_journal`: the last 500 actions with their inverses.
`image_formats`: decode stored images of every supported format on the laptop.
`image_store`: write image files durably, then record them in one transaction.
`quality`: sharpness, brightness and difference hash of a frame, and the gates on them.
`splits`: which samples are held out together, and the folds made of them.
`sampling`: subsets of the training samples, drawn by a seed.
"""
