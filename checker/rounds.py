"""placeholder"""


class RoundsEngine: ...
