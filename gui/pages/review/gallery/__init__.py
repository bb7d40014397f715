"""The gallery of the Review page, fast at 100,000 images.

`gallery`: selection by mouse, rubber band and keys; opening and dragging.
`grid`: the scrolling grid, which reads and paints visible tiles only.
`tiles`: what a tile shows, and how it is painted.
`rows`: filtering and sorting, on arrays alone.
`preview`: one image large, with all that is known of it.
"""
