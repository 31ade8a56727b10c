"""Blobs: bytes by digest, where they lie, how they come and how they go.

port           `BlobStore` and what some stores can do besides
local_blobs    in a local folder
bulk_put       taking many files at a time into one
object_blobs   in S3, Google Cloud Storage, Azure (needs the extra s3)
blob_place     where blobs are, as a URL says it
bucket         requests to it, tried again, told in one line when they fail
object_streams what is on its way to and from it, hashed as it passes
bucket_home    whose a bucket is, and which of its blobs are condemned
cached_blobs   copies of a bucket's blobs as local files
uploads        blobs in pieces, going on where they broke
packs          many small blobs in one body on its way
aside          blobs set aside, on their way to being deleted
collection     garbage collection: which blobs go, and how

From a URL to a store is in `storage.blob_urls`, which knows of encryption too.
"""
