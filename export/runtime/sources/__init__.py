"""Sources of frames, opened from one text: camera, stream, video file, folder or simulated conveyor.

`source`: parse that text and open the source it names.
`frame`: the interface of a source: frames and states.
`live`: a reading thread that keeps the newest frame only, and reconnects.
`camera`: list the cameras, open one, and explain why one does not open.
`address`: the parts of a stream's address, with the password kept out of messages.
`stream`: RTSP, and video over HTTP, through FFmpeg.
`mjpeg`: MJPEG over HTTP, read part by part.
`ffmpeg`: FFmpeg through cv2 with time-outs, limited to the formats needed.
`video_file`: every frame of a video file, in order.
`image_folder`: the images of a folder, in the order of their names.
`conveyor`: the simulated conveyor.
"""
