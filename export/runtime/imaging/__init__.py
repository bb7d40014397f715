"""Image files: checked before they are decoded, decoded one way, encoded one way.

`jpeg_markers`: walk along the markers of a JPEG without decoding it.
`headers`: size, frames, orientation and completeness of a file, from its bytes alone.
`images`: decode a file to BGR pixels, and encode them as JPEG or PNG.
"""
