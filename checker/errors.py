"""What can be wrong with what is asked of the checker."""


class QuestionError(ValueError):
    """The parts of a question do not fit each other."""
