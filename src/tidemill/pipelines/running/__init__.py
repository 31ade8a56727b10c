"""Running a plan: what is next, what is reused, what becomes of each step.

scheduler      what is next and what becomes of it; scene what it takes place in
work           one call; map_progress the elements of a map, execution what is known so far
result_index   results to be reused
recorder       writing what steps did, step_records what of it; watch seeing to a run
asking         asking people on behalf of a run
turns          two runs of one pipeline at once; pools quotas; only one step of a past run
"""
