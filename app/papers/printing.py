"""The process that prints: papers come in on standard input, PDF goes out; it ends with its starter.

Setting five hundred lines is most of a second of pure Python. In a thread it would take turns with the event loop on
one interpreter lock; in a process of its own it takes turns with nobody. See `app.papers.press`.
"""

import pickle
import signal
import sys
from typing import BinaryIO

from app.papers.layout import as_pdf
from app.papers.paper import FAILED, LENGTH, PRINTED
from app.papers.typesetting import faces


def print_forever(papers: BinaryIO, printed: BinaryIO) -> None:
    """Print until standard input ends, which it does when whoever started us is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C reaches us too; we end with our starter
    faces()
    while header := papers.read(LENGTH):
        paper = pickle.loads(papers.read(int.from_bytes(header, "big")))
        try:
            answer = PRINTED + as_pdf(paper)
        except Exception as error:  # told to whoever asked, who logs it; the next paper may be fine
            answer = FAILED + repr(error).encode()
        printed.write(len(answer).to_bytes(LENGTH, "big") + answer)
        printed.flush()


if __name__ == "__main__":
    print_forever(sys.stdin.buffer, sys.stdout.buffer)
