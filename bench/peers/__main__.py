"""What Punnet costs and gives beside the frameworks that people use today.

    python -m bench.peers [--pages 300] [--only NAME ...] [--envs DIR] [--fresh]

Prepares an environment for each peer, runs each phase in a process of its own, and keeps what
is measured in bench/out/peers, where the next run goes on. With all peers and 300 pages it also
writes docs/results/peers.md and the picture beside it.
"""

import argparse
import sys
from pathlib import Path

from bench.figures import OUT, show
from bench.peers import ours, theirs
from bench.peers.envs import ROOT
from bench.peers.kept import Kept
from bench.peers.pages import Task, task
from bench.peers.picture import picture
from bench.peers.report import OURS, Phases, claim_rows, claims, markdown, table, written

PEERS = (
    theirs.Peer(OURS, "punnet", "punnet"),
    theirs.Peer("LangChain", "langchain", "langchain"),
    theirs.Peer("LlamaIndex", "llamaindex", "llamaindex"),
    # It finds what has changed by the same code as its neighbour.
    theirs.Peer("LlamaIndex, 256", "llamaindex_256", "llamaindex", resyncs=False),
    theirs.Peer("Haystack", "haystack", "haystack"),
    theirs.Peer("txtai", "txtai", "txtai"),
)
_FULL = 300
_PAGE = ROOT / "docs" / "results" / "peers.md"


def main() -> None:
    """Measure what is missing and show all that is there."""
    names = tuple(peer.script for peer in PEERS)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=_FULL)
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--envs", type=Path, default=Path("~/.cache/punnet-peers").expanduser())
    parser.add_argument("--fresh", action="store_true", help="measure again what is there already")
    chosen = parser.parse_args()
    given = task(chosen.pages)
    measured: dict[str, Phases] = {}
    failed = False
    for peer in (peer for peer in PEERS if peer.script in chosen.only):
        place = OUT / "peers" / peer.script
        kept = Kept.opened(place.with_suffix(".json"), chosen.pages, fresh=chosen.fresh)
        try:
            _measure(peer, theirs.Room(chosen.envs, place, given), kept)
        except (theirs.PhaseFailed, RuntimeError) as error:
            print(f"{peer.name} is left out: {error}", file=sys.stderr)
            failed = True
            continue
        measured[peer.name] = kept.phases
    if measured:
        _show(measured, given, whole=len(measured) == len(PEERS) and chosen.pages == _FULL)
    sys.exit(failed)


def _measure(peer: theirs.Peer, room: theirs.Room, kept: Kept) -> None:
    if peer.name == OURS:
        ours.measure_ours(room, kept)
    else:
        theirs.measure_peer(peer, room, kept)


def _show(measured: dict[str, Phases], given: Task, *, whole: bool) -> None:
    rows = table(measured, given)
    show("Peers: the same pages, model and questions", rows)
    if OURS not in measured or len(measured) == 1:
        return
    held = claim_rows(claims(measured, given))
    show("Claims: Punnet beside the best peer", held)
    drawing = OUT / "peers" / "peers.svg"
    drawing.write_text(picture(measured), encoding="utf-8")
    print(f"written to {drawing}")
    if whole:
        written(_PAGE, f"{markdown(rows)}\n\n{markdown(held)}")
        _PAGE.with_suffix(".svg").write_text(picture(measured), encoding="utf-8")
        print(f"written to {_PAGE} and the picture beside it")


if __name__ == "__main__":
    main()
