"""What steps write: stored in pieces, without secrets, and read again.

step_logs      reading, and who writes; log_writer stores lines, without secrets
"""
