"""Training: fit a head on cached embeddings, fine-tune the backbone where it pays, compare with the run in use.

`train`: embed the samples, cross-validate, fit, calibrate, keep the run.
`training_set`: samples, classes and groups of a training, and notes on them for the user.
`strategy`: whether fine-tuning is expected to pay, and what speaks against it.
`fine_tune`: fine-tune a backbone: holdout, block boundary, epochs, resulting weights.
`trainer`: the epochs of a fine-tuning: resumable, keeps the best epoch.
`activations`: outputs of the frozen blocks for each image and its augmented views, computed once.
`batches`: samples and augmentations of each step, determined by seed and epoch.
`promotion`: bring a new run into use only where no class has lost too much.
"""
