"""Outputs of `watch`. Each is fed through an `Outbox` of its own, so that a slow one never holds up the camera.

`outbox`: a bounded queue and a thread for each sink, and which messages a sink is sent.
`messages`: answers, states, changes and drift as JSON documents and lines of text.
`json_lines`: messages on standard output, or appended to a file.
`mqtt`: messages to an MQTT broker, at least once and in order.
`webhook`: messages to a web server, tried again until it accepts them.
`counters`: counts of a watch, as text for Prometheus.
`metrics_server`: the counters over HTTP.
`frame_ring`: frames worth a look, kept on disk within a size and an age.
`annotate`: the answer drawn on its frame.
`video`: annotated frames as a video file.
`window`: annotated frames on the screen.
"""
