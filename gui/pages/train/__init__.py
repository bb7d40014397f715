"""Train: advice, plan, training, curves, result, and all runs of the project.

`page`: the page, and what starts and stops on it.
`advice_card`: the advice, and accepting it.
`advice_job`: read or compute advice in a worker process.
`plan`: what a training will do, and the facts it is planned from.
`panel`: the Train button, progress, and what to do after a failure.
`recipe_form`: a control for each field of the recipe.
`recipe_words`: titles and explanations of those fields.
`training_job`: a training in a process.
`curves`: loss and accuracy by epoch, or held-out loss by strength.
`learning_curve_job`: the learning curve in a process, with its dialog.
`runs`: the list of runs and what is done with them.
"""
