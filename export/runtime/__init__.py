"""The ground floor: runs with numpy, OpenCV and one engine; copied into every bundle as `edge_runtime`."""
