"""Review: look at every image, check labels, relabel, move sessions between splits, delete.

`page`: the page: gallery, classes, sessions, label check, map.
`filter`: which images are listed, and in which order.
`class_list`: the classes, onto which images are dragged.
`session_list`: capture sessions, and moving one between train and test.
`label_check`: check all labels in a worker process.
`embedding_map`: the 2-D map of all images, with a lasso.
`embedding_plot`: its plot, which imports pyqtgraph.
`catalog_access`: read the catalogue in a thread, and change it with undo.
`gallery`: the grid of images.
"""
