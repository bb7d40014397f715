"""The inference protocol: answers, outputs, binary data, and requests that it refuses."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime.bundle.predictor import Predictor
from tests.export.runtime.serving.conftest import DIMENSIONS, SIDE, Client, infer


def test_inference_answers_what_the_engine_answers(
    client: Client, predictor: Predictor, images: NDArray[np.uint8]
) -> None:
    expected = predictor.engine.run(images)
    for request in (
        infer(images),
        infer(images) | {"inputs": [infer(images)["inputs"][0] | {"data": images.tolist()}]},
    ):
        status, answer = client.post("/v2/models/tiny/infer", request | {"id": "seven"})
        assert (status, answer["id"], answer["model_name"], answer["model_version"]) == (200, "seven", "tiny", "1")
        logits, vector = answer["outputs"]
        assert (logits["name"], logits["shape"], vector["name"]) == ("logits", [2, 3], "feature_vector")
        assert np.array_equal(np.float32(logits["data"]).reshape(2, 3), expected.logits)
        assert np.array_equal(np.float32(vector["data"]).reshape(2, DIMENSIONS), expected.embedding)


def test_outputs_are_those_that_were_asked_for(client: Client, images: NDArray[np.uint8]) -> None:
    status, answer = client.post(
        "/v2/models/tiny/versions/1/infer", infer(images, outputs=[{"name": "feature_vector"}])
    )
    assert (status, [output["name"] for output in answer["outputs"]]) == (200, ["feature_vector"])
    assert "id" not in answer


def test_the_binary_extension(client: Client, predictor: Predictor, images: NDArray[np.uint8]) -> None:
    entry = {"name": "image", "shape": [2, SIDE, SIDE, 3], "datatype": "UINT8"}
    entry |= {"parameters": {"binary_data_size": images.nbytes}}
    head = json.dumps({"inputs": [entry], "parameters": {"binary_data_output": True}}).encode()
    status, headers, body = client.ask(
        "POST", "/v2/models/tiny/infer", head + images.tobytes(), Inference_Header_Content_Length=str(len(head))
    )
    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    length = int(headers["inference-header-content-length"])
    answer = json.loads(body[:length])
    sizes = [output["parameters"]["binary_data_size"] for output in answer["outputs"]]
    assert sizes == [2 * 3 * 4, 2 * DIMENSIONS * 4]
    logits = np.frombuffer(body[length : length + sizes[0]], "<f4").reshape(2, 3)
    assert np.array_equal(logits, predictor.engine.run(images).logits)
    assert len(body) == length + sum(sizes)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"inputs": []}, "one input, named image"),
        ({"inputs": [{"name": "other"}]}, "one input, named image"),
        ({"inputs": "image"}, "one input, named image"),
        ({"shape": [2, SIDE, SIDE]}, "must have the shape"),
        ({"shape": [2, 3, SIDE, SIDE]}, "must have the shape"),
        ({"shape": [0, SIDE, SIDE, 3]}, "N from 1 to 64"),
        ({"shape": [65, SIDE, SIDE, 3]}, "N from 1 to 64"),
        ({"shape": [1, SIDE, SIDE, 3]}, "has 6144 numbers, its shape"),
        ({"shape": [True, SIDE, SIDE, 3]}, "must have the shape"),
        ({"datatype": "FP32"}, "must be UINT8"),
        ({"data": [256] * 6144}, "whole numbers from 0 to 255"),
        ({"data": [-1] * 6144}, "whole numbers from 0 to 255"),
        ({"data": [0.5] * 6144}, "whole numbers from 0 to 255"),
        ({"data": ["1"] * 6144}, "whole numbers from 0 to 255"),
        ({"data": [None] * 6144}, "whole numbers from 0 to 255"),
        ({"data": "AAAA"}, "needs its numbers"),
        ({"data": 7}, "needs its numbers"),
        ({"data": {}}, "needs its numbers"),
        ({"data": []}, "has 0 numbers"),
        ({"parameters": []}, "cannot be read"),
        ({"parameters": {"binary_data_size": 5}}, "0 bytes follow the JSON"),
        ({"outputs": [{"name": "softmax"}]}, "the outputs are logits and feature_vector, got softmax"),
        ({"outputs": [{"name": "logits"}, {"name": "logits"}]}, "the outputs are"),
        ({"outputs": 5}, "cannot be read"),
        ({"id": 5}, "id must be a text"),
    ],
)
def test_requests_that_are_none(client: Client, images: NDArray[np.uint8], change: dict[str, Any], reason: str) -> None:
    request = infer(images)
    of_input = set(change) & {"shape", "datatype", "data", "parameters"}
    (request["inputs"][0] if of_input else request).update(change)
    status, answer = client.post("/v2/models/tiny/infer", request)
    assert (status, list(answer)) == (400, ["error"])
    assert reason in answer["error"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff\xfe", b'{"inputs": [{"name": "image", "shape": NaN}]}']
)
def test_bodies_that_are_no_request(client: Client, body: bytes) -> None:
    status, answer = client.post("/v2/models/tiny/infer", body)
    assert (status, list(answer)) == (400, ["error"])
