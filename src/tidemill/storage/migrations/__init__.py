"""Schema migrations, oldest first; run by `tidemill.storage.schema`."""
