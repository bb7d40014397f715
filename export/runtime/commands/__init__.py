"""The verbs of the runtime's command line that need more than one call.

`predict`: classify image files and folders.
`watch`: classify a source continuously and publish to all configured sinks.
`outputs`: table of the outputs of `watch`; an output is one module of `sinks` and one row.
`watch_options`: the options of `watch`, the same on the box and on the laptop.
`serve`: options of the HTTP server, and running it.
"""
