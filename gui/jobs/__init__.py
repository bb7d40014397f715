"""Work outside the window's thread: generators in threads, and functions in worker processes.

`job`: run a generator of the core in a thread, with its events as signals.
`project_jobs`: short jobs whose results count only while their project is open.
`worker`: a process that is kept warm and runs functions of the core.
`task`: one kind of heavy work: one job at a time, the newest request wins.
"""
