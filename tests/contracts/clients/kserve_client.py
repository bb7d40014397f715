"""Triton's HTTP client, which speaks the Open Inference Protocol. Arguments: address, model, raw pictures, N, S."""

import json
import sys

import numpy as np
import tritonclient.http as http

address, name, path, number, side = sys.argv[1:]
client = http.InferenceServerClient(address)
assert client.is_server_live()
assert client.is_server_ready()
assert client.is_model_ready(name)
metadata = client.get_model_metadata(name)
images = np.fromfile(path, np.uint8).reshape(int(number), int(side), int(side), 3)
answers = {}
for binary in (False, True):
    tensor = http.InferInput("image", list(images.shape), "UINT8")
    tensor.set_data_from_numpy(images, binary_data=binary)
    wanted = [http.InferRequestedOutput(each, binary_data=binary) for each in ("logits", "feature_vector")]
    result = client.infer(name, [tensor], outputs=wanted, request_id="one")
    answers[str(binary)] = {each: result.as_numpy(each).tolist() for each in ("logits", "feature_vector")}
print(json.dumps({"metadata": metadata, "answers": answers}))
