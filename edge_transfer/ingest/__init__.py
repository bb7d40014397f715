"""Getting labelled images into a project: recording from a source, and importing files.

`capture`: record frames of a source as one capture session, through rate and quality gates.
`importer`: import a listing or a video; originals are stored byte for byte.
`layouts`: table of the layouts of data sets; a layout is one module and one row.
`listing`: a data set as it is listed, before any image is opened.
`csv_list`: list the rows of a CSV file.
`image_folder`: list a folder of class folders, with or without splits above them.
`frame_ring`: list the frames that `watch --ring` kept on the box.
"""
