"""The graph: what a pipeline's body declares when it is traced.

step           `step`: a function that is traced in a pipeline's body and runs anywhere else
nodes          the calls of steps that a body makes; handle what a step returns while it is traced
when           `when`: one of two branches; approvals `approval`: a person is asked
failure        what a caught error becomes
options        how steps are executed: tries, time-outs, resources
outputs        the parts of what a step returns; type_checks whether they are what is declared
params         the params of a pipeline
"""
