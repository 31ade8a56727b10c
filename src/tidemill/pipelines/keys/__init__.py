"""Cache keys: the digest of a step's code and of the values that it is given, and what it reads unseen.

code_digest    the digest of a function and all it reaches
code_pieces    what that is made of; bytecode what code does and reads, held_values what functions and objects hold
module_places  where modules come from; code_text their text and versions, hidden_state what libraries hold unseen
value_digest   the digest of plain values; table_digest of arrays and tables, path_digest of files and folders
watched_reads  what a step reads that no key knows of
"""
