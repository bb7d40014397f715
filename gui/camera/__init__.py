"""The live image: choosing a source, reading it in a thread, and showing its newest frame.

`source_bar`: choose a camera, the simulated conveyor, a file, a folder or a stream.
`frame_feed`: read a source in a thread and keep its newest frame.
`camera_panel`: source, image and state of the camera together.
`image_view`: paint the newest frame, mirrored if wanted, with a region to drag.
"""
