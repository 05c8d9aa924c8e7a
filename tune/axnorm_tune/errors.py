"""What a person is told in a line, without a traceback."""


class TuneError(Exception):
    """The request, or what it needs, is not as it should be."""
