"""Widgets that several pages use, the theme, and colours of classes.

`controls`: cards, labels that elide, banners, questions with yes and no.
`theme`: light and dark palettes, the stylesheet, icons.
`class_colours`: a colour and a symbol for each class.
`column_model`: tables built from columns and rows.
`retranslating`: base of widgets that follow the language and the palette.
`sessions_table`: the capture sessions of a project in a table.
`thumbnails`: small images of files, made in a thread and cached.
"""
