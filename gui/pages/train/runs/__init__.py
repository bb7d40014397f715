"""The runs of a project on the Train page.

`records`: read all runs, their evaluations, and which one is in use.
`run_list`: the table of runs, and using, comparing and deleting them.
`result_card`: the result of the newest training.
`comparison`: runs side by side, by recipe and by class.
`forgetting_dialog`: ask before a model comes into use that has forgotten something.
"""
