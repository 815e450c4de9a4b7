"""What Byzantine nodes can send where predictions are broadcast (reading ``agree_on=broadcast``).

More signatures never hurt, and who sends a chain of them does not matter to its receiver: so all
Byzantine nodes sign whatever they send, with as few honest ones as make the number of a round,
and the first of them sends it.  A prediction of an honest author is not among what they send,
where it must carry that author's signature: everybody has it from the author itself in the
first round in which anything arrives, and accepts no second one, as there is none.
"""

from collections.abc import Iterator
from itertools import combinations, islice

from checker.evidence_adversary import Quoting, quoting
from checker.setting import Setting
from poqi_core.messages import Received, Relay, SignedPrediction


class BroadcastAdversary:
    """What the Byzantine nodes of a setting can send."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._config = setting.config
        self._byzantine = sum(1 << node for node in setting.byzantine)

    def messages(self) -> Iterator[Quoting]:
        """Every message within the question; what needs fewer statements comes first."""
        for sample in range(len(self._setting.predicted)):
            most = self._setting.adversary_evidence
            predictions = list(islice(self._predictions(sample), most))
            for signers in self._signers():
                for sender in self._setting.byzantine[:1]:
                    for prediction in predictions:
                        received = Received(sender, Relay(sender, prediction, signers))
                        yield quoting(self._setting, received)

    def _predictions(self, sample: int) -> Iterator[SignedPrediction]:
        """What the Byzantine nodes can have predicted; anybody, if signatures are not needed."""
        forges = self._config.readings.broadcast_signatures == "none"
        authors = self._setting.byzantine
        for author in (*authors, *self._setting.honest) if forges else authors:
            for label in range(self._setting.labels):
                yield SignedPrediction(author, sample, label)

    def _signers(self) -> Iterator[int]:
        """Masks of the Byzantine nodes with no more honest ones than the last round asks for."""
        match self._config.readings.broadcast_signatures:
            case "growing":
                lacking = self._config.broadcast_rounds - len(self._setting.byzantine)
            case _:
                lacking = 0
        for number in range(max(0, lacking) + 1):
            for helpers in combinations(self._setting.honest, number):
                yield self._byzantine | sum(1 << node for node in helpers)
