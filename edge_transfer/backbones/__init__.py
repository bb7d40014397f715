"""Pretrained networks without their classifiers: images in, one embedding for each image out.

`registry`: one entry for each backbone: its torchvision builder, embedding length, normalisation.
`weights`: find a backbone's weights, verify their SHA-256, choose the default backbone.
`download`: fetch torchvision's weights on request, resumable and verified by hash.
`state_dicts`: read weights from files without executing code they may carry.
`network`: build the torch network and load weights into it.
`depths`: torch layers that take an embedding at several depths of a network.
`classifier`: backbone and head in torch, and the parts that a fine-tuning divides them into.
`graph_templates`: the registry's ONNX graphs, shipped without weights and filled from a state dict.
`onnx_graph`: the ONNX graph of a backbone, from the cache, a template or torch's exporter.
`embeddings`: run a backbone over samples, with a cache in the project.
`random_baseline`: an untrained network, the baseline a pretrained one must beat.
"""
