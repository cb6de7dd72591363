"""``python -m tsgan`` is the command line."""

from tsgan.cli.main import run

if __name__ == "__main__":
    run()
