"""`python -m footbridge` is the `footbridge` command."""

from footbridge.cli import app

if __name__ == "__main__":
    app(prog_name="footbridge")
