"""Wording: languages, numbers in the user's format, and messages of the core in the window's language.

`locale`: the window's language, its numbers and the numbers on axes.
`core_messages`: messages of the core, recognised and translated.
`runs`: what a run was measured on, and why its numbers may be optimistic.
`bundles`: reasons, stages and decisions of an export.
"""
