#!/usr/bin/env python3
"""What the documents point at is there: each relative link, and each `path` in our tree that they name."""

import re

from tree import ROOT, conclude, name_of

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:src|tests|tools|docs|examples|bench|cmake)/[\w./-]*\w)`")

faults = []
pages = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
for page in pages:
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        links = [page.parent / link for link in LINK.findall(line) if "://" not in link]
        paths = [ROOT / path for path in PATH.findall(line)]
        for target in links + paths:
            if not target.exists():
                faults.append(f"{name_of(page)}:{number}: there is no {target.resolve().relative_to(ROOT)}")
conclude("check_paths", faults, f"{len(pages)} pages")
