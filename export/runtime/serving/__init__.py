"""A bundle over HTTP.

`app`: the FastAPI application: `POST /predict`, the Open Inference Protocol v2, a live page.
`guard`: who may ask: host names, origins, tokens and sizes, checked before a body is read.
`inference_protocol`: requests and responses of the Open Inference Protocol v2.
`live_page`: the live page, read from `live.html`.
"""
