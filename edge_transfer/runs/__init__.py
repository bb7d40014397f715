"""Training runs on disk, under `runs/<id>/` of a project.

`run`: write, read and delete a run: head, recipe, validation logits; run its model on images.
`recipe`: the hyperparameters of a run, validated, kept in `recipe.json`.
`current_run`: which runs a project has, and which one is in use.
"""
