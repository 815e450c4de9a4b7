"""The error by which the explorer answers a request that it does not grant."""

from http import HTTPStatus


class RefusedError(Exception):
    """A request is not granted; the message says why, for a person.

    Attributes:
        status: the HTTP status of the answer.
    """

    def __init__(self, reason: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(reason)
        self.status = status
