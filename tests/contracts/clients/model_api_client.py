"""Intel's Model API on pictures: one JSON line each. Arguments: model.xml, pictures."""

import json
import sys

import cv2
from model_api.adapters import OpenvinoAdapter, create_core
from model_api.models import ClassificationModel

# On processors with AMX OpenVINO computes in bfloat16 unless it is told not to.
settings = {"INFERENCE_PRECISION_HINT": "f32"}
adapter = OpenvinoAdapter(create_core(), sys.argv[1], device="CPU", plugin_config=settings)
model = ClassificationModel.create_model(adapter, preload=True)
for path in sys.argv[2:]:
    result = model(cv2.imread(path))  # noqa: TID251  (as its users do)
    top = result.top_labels[0]
    vector = [float(value) for value in result.feature_vector.ravel()]
    print(json.dumps({"label": top.name, "index": int(top.id), "probability": float(top.confidence), "vector": vector}))
