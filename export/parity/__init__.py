"""Parity: proof that an exported model equals the trained one, and the certificate that a box can recompute.

`compare`: the same images through both models, logits subtracted, within a tolerance.
`golden_inputs`: frames drawn for the check, on which each preprocessing mistake shows.
`certificate`: golden inputs and expected logits of each model, written into `check/`.
"""
