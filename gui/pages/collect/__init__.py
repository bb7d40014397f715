"""Collect: record labelled images from the camera while a classifier learns.

`page`: the page: live image, classes, recording, import, undo.
`class_list`: the classes as cards, what is read of the catalogue for them, and adding one.
`class_card`: one class: name, number of images, newest images, record button.
`recorder`: record what the camera shows into the project.
`recording_bar`: quality of the frame, skipped frames, and the options of a recording.
`hints_panel`: what to record next.
`live_classifier`: a thread that lets a worker process learn and predict.
`prediction_panel`: the live classifier's answer, a bar for each class.
"""
