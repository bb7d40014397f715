"""The images that a run gets wrong, large or in a gallery.

`gallery`: images of a split with their true and predicted classes.
`dialog`: one image large, its answer, and correcting its label by key.
`heat_map`: the image with what the answer depends on laid over it.
"""
