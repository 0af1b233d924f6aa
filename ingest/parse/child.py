"""The process that parses: reads requests from standard input until it ends, answers each.

Run as `python -m ingest.parse.child LIMITS`, LIMITS being JSON. It dies of a document that
breaks its limits; the parent then starts another.
"""

import json
import os
import signal
import sys
from typing import BinaryIO

from ingest.errors import Unparsable
from ingest.parse.dispatch import parser_of
from ingest.parse.limits import (
    OUT_OF_MEMORY,
    Growth,
    ParseLimits,
    bind_parse,
    bind_process,
    release_parse,
)
from ingest.parse.walls import close_network, hide_models
from ingest.parse.wire import (
    LENGTH_BYTES,
    ParseReply,
    ParseRequest,
    framed,
    pack_reply,
    unpack_request,
)


def main(arguments: list[str]) -> None:
    """Answer requests until standard input ends, which it does when the parent is gone."""
    # The parent ends its children; an interrupt from the keyboard is for it alone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limits = ParseLimits(**json.loads(arguments[0]))
    replies = _take_over_output()
    close_network()
    hide_models()
    bind_process(limits)
    try:
        serve(sys.stdin.buffer, replies, limits)
    except MemoryError:
        # To end in an orderly way may need memory as well.
        os._exit(OUT_OF_MEMORY)


def serve(requests: BinaryIO, replies: BinaryIO, limits: ParseLimits) -> None:
    """Answer each request in turn; a reply that says `spent` is the last."""
    growth = Growth(limits)
    while length := requests.read(LENGTH_BYTES):
        message = requests.read(int.from_bytes(length, "big"))
        bind_parse(limits)
        reply = _answer(unpack_request(message), growth)
        release_parse()
        replies.write(framed(pack_reply(reply)))
        replies.flush()
        if reply.spent:
            return


def _answer(request: ParseRequest, growth: Growth) -> ParseReply:
    try:
        with growth.importing():
            parse = parser_of(request.content, request.media_type, request.name)
        document = parse()
    except Unparsable as error:
        return ParseReply(None, str(error), spent=growth.is_too_much)
    except MemoryError:
        raise
    except ImportError as error:
        reason = f"its parser is not wholly installed ({error}): run `make install`"
        return ParseReply(None, reason, spent=True)
    except Exception as error:  # whatever a parser raises is this document's reason
        return ParseReply(None, f"its parser failed: {type(error).__name__}: {error}", spent=True)
    return ParseReply(document, spent=growth.is_too_much)


def _take_over_output() -> BinaryIO:
    """Keep standard output for replies: what a library prints goes to standard error."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


if __name__ == "__main__":
    main(sys.argv[1:])
