"""How well made messages are read: `python -m benchmarks.notices_made [--seed 1] [--book 0]`.

Rules were written while the misses of book 0 were looked at. Book 1 has other wordings of the same
kinds: on the day when it was first read, 466 of its 500 machines and 289 of its 300 people were read
right; the rules that followed from it came afterwards. `--misses` tells of each; `--show 17` prints one message. Exits with 1 where more
than 2 % of the machines' messages are read wrong, or a person's letter is taken for a machine's.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from benchmarks.notices_made import made
from dispatch.mail import notices


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--book", type=int, choices=[0, 1], default=0)
    asked.add_argument("--misses", action="store_true")
    asked.add_argument("--show", type=int)
    args = asked.parse_args()
    machines = list(made.machines(args.seed, args.book))
    people = list(made.people(args.seed, args.book))
    right, of, bad = Counter[str](), Counter[str](), Counter[bool]()
    for number, each in enumerate([*machines, *people]):
        if args.show == number:
            sys.stdout.write(each.content.decode())
        trouble = made.wrong(each, notices.read(each.content))
        kind = each.name.partition("-")[0]
        of[kind] += 1
        right[kind] += not trouble
        bad[each.category == "human"] += bool(trouble)
        if trouble and args.misses:
            print(f"{number} {each.name}: {trouble}")
    for kind in of:
        print(f"{kind:16} {right[kind]:4} of {of[kind]}")
    print(f"machines {len(machines) - bad[False]} of {len(machines)}")
    print(f"people   {len(people) - bad[True]} of {len(people)}")
    return int(bad[True] > 0 or bad[False] > len(machines) * 0.02)


if __name__ == "__main__":
    sys.exit(main())
