"""The window: seven pages in the order of the work, around one open project.

`app`: start the application, and end it with an exit code.
`main_window`: the rail of pages, the menus, and closing.
`actions`: the tables of pages and menu actions.
`session`: the open project, its lock, and the list of recent projects.
`pages`: Start, Collect, Review, Train, Evaluate, Export and Live.
`camera`: the live image, its source, and the feed of frames.
`dialogs`: windows that several pages open.
`widgets`: small parts that several pages are made of, and the theme.
`bundle_catalog`: the bundles and runs of a project, read in a thread.
`jobs`: work in threads and in worker processes.
`wording`: languages, numbers, and the core's messages in the user's language.
"""
