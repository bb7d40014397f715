"""The simulated conveyor: metal parts run past a camera, drawn frame by frame.

`conveyor`: the source: its options, and the frames of one capture session.
`belt`: belt, lamp and camera of a session.
`parts`: nuts, washers and bolts, drawn as shaded height maps.
"""
