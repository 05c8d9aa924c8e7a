"""python -m axnorm_tune: what scripts/tune runs once all is there that it needs."""

import sys

from axnorm_tune import command

if __name__ == "__main__":
    sys.exit(command.main(sys.argv[1:]))
