"""Tidemill: the whole MLOps loop in one package."""
