"""The pages of the window. None imports another; `gui.actions.PAGES` lists them in the order of the work.

`start`: recent projects, a new one, or the simulated camera.
`collect`: record labelled images.
`review`: check, relabel and delete images.
`train`: train a model and compare runs.
`evaluate`: how good a run is, and what it gets wrong.
`export`: make a bundle of a run.
`live`: watch a bundle on the camera and correct it.
"""
