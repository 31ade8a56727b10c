"""Encryption: what an encrypted store's bytes, names, values and columns look like, and the keys for them.

master_key         the master key, read from where the settings say
keyring            the data keys of an encrypted store, wrapped
key_file           the keyring as a file of the store's folder
data_keys          the data keys of an opened store, in memory
ciphers            the ciphers, all from one library
sealed_stream      the form of an encrypted file
sealed_places      where encrypted blobs lie
encrypted_blobs    blobs whose bytes and names say nothing
encrypted_keyvalue online values the same
sealed_columns     columns that are sealed in an encrypted store (needs SQLAlchemy)

Which keys a store has, and their rotation, is in `storage.store_keys`.
"""
