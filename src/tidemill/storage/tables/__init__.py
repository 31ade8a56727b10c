"""Tables: named, typed, versioned rows that grow.

port               `Tables`: the port, names and folders
delta_tables       the same on Delta Lake                      (needs polars)
delta_versions     how versions of them are made               (the same)
delta_log          the log of a Delta table as it is written
table_columns      which types columns have, how rows are fitted (needs polars)
table_files        the files of tables: the port, and a local folder
object_table_files the same in S3, Google Cloud Storage, Azure (needs the extra s3)
table_copies       tables in copies and backups
table_reports      tables as people look at them               (needs polars)
"""
