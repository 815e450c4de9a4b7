"""Random runs of the core, where there is too much to exhaust: any N, any number of samples.

A run is drawn from a seed: who is faulty, what the others predict, the schedule, and what the
faulty nodes send.  It happens on :class:`poqi_core.run.Execution`, so that it is a run of the core
by construction, and every property is judged along it.  Finding nothing proves nothing.
"""
