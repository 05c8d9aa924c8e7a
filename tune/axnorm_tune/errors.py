"""What a person is told in a line, without a traceback."""


class TuneError(Exception):
    """The request, or what it needs, is not as it should be."""


class Untunable(TuneError):
    """A call that is right, and that nothing is tuned for: it is left out, and told."""
