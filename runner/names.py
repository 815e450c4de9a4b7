"""How a node calls the labels of a run: by numbers, in the order in which it meets them."""

from poqi_core.prediction import Label


class Names(dict[Label, Label]):
    """The node's number for each label; a label that is new to it gets the next number.

    To the protocol labels are equal or not, and nothing else, so a node does the same whatever
    labels are called (:mod:`runner.translation`).  What two nodes do for two samples is then
    often the same, though the labels differ.
    """

    def __init__(self) -> None:
        super().__init__()
        self.labels: list[Label] = []
        """The labels by their numbers."""

    def __missing__(self, label: Label) -> Label:
        self.labels.append(label)
        self[label] = number = len(self.labels) - 1
        return number

    def complete(self, classes: int) -> tuple[Label, ...]:
        """All labels by their numbers; those that the node has not met come last."""
        return (*self.labels, *(label for label in range(classes) if label not in self))
