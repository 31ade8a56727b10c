"""Codecs: how what a step returns is kept between runs, in open formats.

codec          the `Codec` port, its hook, and the codecs of frames, arrays, JSON, bytes and models
table_codecs   pandas, Arrow and series; path_codec files and folders; value_codec plain Python values
npy            reading arrays
counted_blobs  how large an output is
"""
