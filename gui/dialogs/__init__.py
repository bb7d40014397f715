"""Dialogs that several pages or the menus open.

`import_dialog`: import images: from where, into which project, progress and result.
`import_worker_calls`: the import as it runs in the worker process.
`keys_dialog`: all keyboard shortcuts.
`problems`: uncaught exceptions in a dialog and a log file.
"""
