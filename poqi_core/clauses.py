"""The clauses of section III, as names that the transition function cites.

Every arm of the transition function cites the clause that it implements, as an output.
The union over a test run or an exploration is its clause coverage; ``spec/README.md`` is
the register that says for each clause what the paper writes.
"""

from enum import Enum


class Clause(Enum):
    """A rule of section III; the value is where it stands and what it says."""

    SAMPLE = "III eq. (2)-(3): a node classifies the sample with its own network"
    ELECTION = "III.1 eq. (1): the primary of view v is v mod N and proposes its label"
    AGREE = "III.2 eq. (5): a validator with the primary's label hands in its prediction"
    OBJECT = "III.1: a validator with another label votes against the primary, vo = 1"
    OBJECT_VIEW = "III.1: a validator in another view votes with vo = 0"
    VOTE_LOG = "III.1: votes are appended to a local log"
    REJECTION = "III.1: sum(vo)/N >= 0.5 rejects the primary; the next view begins"
    PENALTY = "III.1 eq. (4): a rejected primary's reward is halved"
    REWARD = "III.1 eq. (4): a primary that keeps the majority earns q"
    COLLECT = "III.2 eq. (5): the primary collects the predictions that match its own"
    COMBINE = "III.2: the primary combines them by average or median and sends prepare"
    PREPARE_LOG = "III.2: prepares are counted by sender"
    RELAY = "III.2: a validator passes a valid prepare on"
    COMMIT = "III.2: 2f+1 identical prepares from different agents lead to a commit"
    COMMIT_LOG = "III.2: commits are counted by sender"
    CONSENSUS = "III.2: 2f+1 identical commits decide the sample"
    CONVEY = "III: the primary conveys the network's decision"
    OBEY = "III, IV: a node decides at the primary's word"
    HISTORY = "III: a decided sample enters the history and the next one begins"
    CONFLICT = "III.3: a sample that no primary settles is a conflict sample"
    EXPERTS = "III.3 eq. (6): the next primary's group of experts holds 0.51 of all reward"
    MOST_HONEST = "III.3: otherwise the node with the highest reward decides"
    TOLD = "III.3: the deciding node gives its word on the conflict sample"
    TIE = "III.3: among equal rewards the order is left open"
    TIME_OUT = "II (PBFT): a silent primary is voted against"
    COLLECTION_CLOSED = "III: predictions arrive within their round (synchrony)"
    EARLY = "III: messages of a later step wait for it (synchrony)"
    HAND_IN = "repair: a node hands its signed prediction to the leader of the ballot"
    PROPOSE_EVIDENCE = "repair: the leader proposes the signed predictions of N-f nodes or more"
    PREPARE_EVIDENCE = "repair: a node prepares valid evidence, whatever its own label"
    COMMIT_EVIDENCE = "repair: a quorum of prepares in a ballot commits the node, and locks it"
    DECIDE_EVIDENCE = "repair: a quorum of commits in a ballot decides the evidence"
    PROVE_DECISION = "repair: whoever decides shows the proof, and whoever sees it decides"
    BALLOT_CHANGE = "repair: a node that waits too long changes the ballot and shows its lock"
    BROADCAST = "repair: a node signs its prediction and sends it to everybody"
    ACCEPT = "repair: in round r a node accepts a prediction with r signatures or more"
    ENDORSE = (
        "repair: it adds its own signature and passes the prediction on, but for the last round"
    )
    EQUIVOCATION = "repair: two predictions of one author prove it faulty, and neither is evidence"
    ROUND_OVER = "repair: after f+1 rounds all hold the same predictions, which are the evidence"
    PASS = "repair: a primary that the evidence does not support is passed over"
    COMPUTE = "repair: the views, the label and the rewards are computed from the evidence"
    NEXT_SAMPLE = "not in the paper: a run over data gives a sample up"
