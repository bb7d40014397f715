"""HTTP server for a predictor: Open Inference Protocol v2, `POST /predict`, and a live page.

FastAPI and uvicorn are imported inside functions: a bundle runs without them. Pictures are decoded and computed one
after another in one thread, so that memory stays that of one picture and an engine is never asked twice at once.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any, Optional, TypeVar

import numpy as np

from ..bundle.predictor import Predictor, answer_json
from ..errors import EdgeTransferError, ImageError
from ..imaging.images import decode_image
from .guard import SAFE_HEADERS, ServeOptions, guard
from .inference_protocol import MODEL_VERSION, RequestError, infer_response, model_json, model_name, read_request
from .live_page import HEADERS, PAGE

Result = TypeVar("Result")
_LENGTH_HEADER = "inference-header-content-length"
_EXTENSIONS = ["binary_tensor_data"]
MAX_CONNECTIONS = 64
_MAX_HEAD_BYTES = 16 << 10
_KEEP_ALIVE_S = 5


class Lane:
    """One thread that computes, and a short queue before it."""

    def __init__(self, *, max_waiting: int, timeout_s: float) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="predict")
        self._max_waiting = max_waiting
        self._timeout_s = timeout_s
        self._waiting = 0

    async def run(self, call: Callable[[], Result]) -> Result:
        """Compute `call`. Raises RequestError (503) where too many wait, or where it takes too long."""
        if self._waiting >= self._max_waiting:
            raise RequestError("busy: come again in a moment", 503)
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, call)
        future.add_done_callback(self._done)
        try:
            # A thread cannot be stopped: what takes too long goes on, and keeps its place in the queue.
            return await asyncio.wait_for(asyncio.shield(future), self._timeout_s)
        except asyncio.TimeoutError as error:  # noqa: UP041  (another class before Python 3.11)
            raise RequestError(f"no answer within {self._timeout_s:g} s", 503) from error

    def _done(self, _: object) -> None:
        self._waiting -= 1

    def close(self) -> None:
        """Forget what waits."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Service:
    """The answers to each path."""

    def __init__(self, predictor: Predictor, lane: Lane, options: ServeOptions) -> None:
        self._predictor = predictor
        self._manifest = predictor.manifest
        self._lane = lane
        self._options = options
        self._name = model_name(predictor.manifest)
        side = predictor.manifest.input.side
        dimensions = predictor.engine.run(np.zeros((1, side, side, 3), np.uint8)).embedding.shape[1]
        self._model = model_json(predictor.manifest, predictor.model.engine, dimensions)

    def routes(self) -> list[tuple[str, str, Callable[..., Any], str]]:
        """Method, path, function and summary of each."""
        routes: list[tuple[str, str, Callable[..., Any], str]] = [
            ("GET", "/", self.page, "A live page for the browser"),
            ("POST", "/predict", self.predict, "Classify the picture in the body: JPEG or PNG"),
            ("GET", "/v2", self.server, "Server metadata"),
            ("GET", "/v2/health/live", self.live, "Whether the server runs"),
            ("GET", "/v2/health/ready", self.ready, "Whether the server answers"),
        ]
        for path in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}"):
            routes += [
                ("GET", path, self.model, "Model metadata"),
                ("GET", f"{path}/ready", self.model_ready, "Whether the model answers"),
                ("POST", f"{path}/infer", self.infer, "Logits and embeddings of prepared pictures"),
            ]
        return routes

    async def page(self, request: Any) -> Any:
        from starlette.responses import HTMLResponse

        return HTMLResponse(PAGE, headers=HEADERS)

    async def server(self, request: Any) -> Any:
        version = self._manifest.made_with.get("edge-transfer", "")
        return _json({"name": "edge-transfer", "version": version, "extensions": _EXTENSIONS})

    async def live(self, request: Any) -> Any:
        return _json({"live": True})

    async def ready(self, request: Any) -> Any:
        return _json({"ready": True})

    async def model(self, request: Any) -> Any:
        self._check_name(request)
        return _json(self._model)

    async def model_ready(self, request: Any) -> Any:
        self._check_name(request)
        return _json({"name": self._name, "ready": True})

    async def infer(self, request: Any) -> Any:
        from starlette.responses import Response

        self._check_name(request)
        body = await self._body(request)
        length = request.headers.get(_LENGTH_HEADER)
        content, head = await self._lane.run(partial(self._infer, body, length))
        if head is None:
            return Response(content, media_type="application/json")
        return Response(content, media_type="application/octet-stream", headers={_LENGTH_HEADER: str(head)})

    def _infer(self, body: bytes, length: str | None) -> tuple[bytes, int | None]:
        wanted = read_request(body, length, self._manifest.input.side)
        return infer_response(self._manifest, wanted, self._predictor.engine.run(wanted.images))

    async def predict(self, request: Any) -> Any:
        body = await self._body(request)
        return _json(await self._lane.run(partial(self._predict, body)))

    def _predict(self, body: bytes) -> dict[str, Any]:
        try:
            return answer_json(self._predictor.predict(decode_image(body)))
        except ImageError as error:
            raise RequestError(str(error)) from error

    def _check_name(self, request: Any) -> None:
        name, version = request.path_params["name"], request.path_params.get("version", MODEL_VERSION)
        if (name, version) != (self._name, MODEL_VERSION):
            raise RequestError(f"there is no model {name[:100]!r} version {version[:20]!r}; try {self._name!r}", 404)

    async def _body(self, request: Any) -> bytes:
        try:
            return await asyncio.wait_for(self._read(request), self._options.body_timeout_s)
        except asyncio.TimeoutError as error:  # noqa: UP041  (another class before Python 3.11)
            raise RequestError(f"the body did not come within {self._options.body_timeout_s:g} s", 408) from error

    async def _read(self, request: Any) -> bytes:
        limit = self._options.max_body_bytes
        announced = request.headers.get("content-length", "0")
        body = bytearray()
        if not (announced.isdecimal() and len(announced) < 16 and int(announced) > limit):
            async for part in request.stream():
                body += part
                if len(body) > limit:
                    break
            else:
                return bytes(body)
        raise RequestError(f"the body is larger than {limit / (1 << 20):.3g} MiB", 413)


def build_app(predictor: Predictor, options: ServeOptions, lane: Lane) -> Any:
    """The ASGI application. Raises EdgeTransferError where FastAPI is not installed."""
    try:
        from fastapi import FastAPI, Request
        from starlette.exceptions import HTTPException
    except ImportError as error:
        raise _not_installed(error) from error

    # FastAPI's own pages of documentation load scripts from elsewhere; /openapi.json stays.
    app = FastAPI(title=f"{predictor.manifest.name} (Edge Transfer)", docs_url=None, redoc_url=None)

    def taking_request(answer: Callable[..., Any]) -> Callable[..., Any]:
        async def endpoint(request: Any) -> Any:
            return await answer(request)

        endpoint.__annotations__ = {"request": Request}
        return endpoint

    for method, path, answer, summary in _Service(predictor, lane, options).routes():
        name = f"{method.lower()}{path.translate(str.maketrans('/{}', '___'))}"
        app.add_api_route(
            path, taking_request(answer), methods=[method], summary=summary, operation_id=name, response_model=None
        )

    async def refused(_: Any, error: Any) -> Any:
        status = error.status_code if isinstance(error, HTTPException) else getattr(error, "status", 500)
        text = error.detail if isinstance(error, HTTPException) else str(error)
        return _json({"error": text}, status)

    async def failed(_: Any, error: Exception) -> Any:
        return _json({"error": f"internal error: {type(error).__name__}"}, 500, SAFE_HEADERS)

    for kind in (EdgeTransferError, HTTPException):
        app.add_exception_handler(kind, refused)
    app.add_exception_handler(Exception, failed)
    guard(app, options)
    return app


def listen(options: ServeOptions) -> socket.socket:
    """The socket to serve on. Raises EdgeTransferError where the address cannot be had."""
    try:
        found = socket.getaddrinfo(options.host, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        server = socket.socket(family, kind, protocol)
        try:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # Accepted connections inherit it: those of machines that are gone do not use up MAX_CONNECTIONS for ever.
            server.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            server.bind(address)
            server.listen(64)
        except BaseException:
            server.close()
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise EdgeTransferError(
            f"cannot listen on {options.host} port {options.port}: {reason}; another one: --port"
        ) from error
    return server


def run_server(predictor: Predictor, options: ServeOptions, server: socket.socket) -> None:
    """Answer requests until SIGINT or SIGTERM; what is being computed then is still answered, for 5 s."""
    with closing(Lane(max_waiting=options.max_waiting, timeout_s=options.answer_timeout_s)) as lane:
        make_server(build_app(predictor, options, lane)).run(sockets=[server])


def make_server(app: Any) -> Any:
    """The uvicorn.Server around an application. Raises EdgeTransferError where uvicorn is not installed."""
    try:
        import uvicorn
    except ImportError as error:
        raise _not_installed(error) from error
    config = uvicorn.Config(
        app,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        h11_max_incomplete_event_size=_MAX_HEAD_BYTES,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def _json(values: dict[str, Any], status: int = 200, headers: Optional[dict[str, str]] = None) -> Any:
    from starlette.responses import Response

    return Response(json.dumps(values, allow_nan=False), status, headers, "application/json")


def _not_installed(error: ImportError) -> EdgeTransferError:
    return EdgeTransferError(f"serving needs FastAPI and uvicorn ({error}): pip install fastapi uvicorn")
