"""Proof of Quality Inference: the protocol as one pure transition function.

:func:`step` takes a node's state and whatever happens to the node and returns its next state
and what the node puts out.  Model checker, replayer, simulator and runner all call it.
Nothing here does input or output, knows a clock, draws a random number or keeps a global.
"""

from poqi_core.clauses import Clause
from poqi_core.config import Config, ConfigError
from poqi_core.prediction import Label, Prediction, Softmax, label_of
from poqi_core.readings import HARDENED, LITERAL, PAPER, PROFILES, SYNCHRONOUS, Readings
from poqi_core.state import NodeState, finished, initial
from poqi_core.step import step

__all__ = [
    "HARDENED",
    "LITERAL",
    "PAPER",
    "PROFILES",
    "SYNCHRONOUS",
    "Clause",
    "Config",
    "ConfigError",
    "Label",
    "NodeState",
    "Prediction",
    "Readings",
    "Softmax",
    "finished",
    "initial",
    "label_of",
    "step",
]
