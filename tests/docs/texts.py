"""Markdown as the docs tests read it: links, headings, code."""

import re

FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def code_in(text):
    """Return what stands as code, fenced or `inline`, without the comments in it."""
    code = "\n".join([*FENCED.findall(text), *INLINE.findall(FENCED.sub("", text))])
    return re.sub(r"\s#.*$", "", code, flags=re.MULTILINE)


def links_in(text):
    """Return the targets of links and pictures outside code."""
    return LINK.findall(INLINE.sub("", FENCED.sub("", text)))


def anchors_in(text):
    """Return the anchors that a page's headings make on the usual hosts."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in HEADING.findall(FENCED.sub("", text))
    }


def broken_links(page):
    """Return links of a page to files or headings that are not there."""
    broken = []
    for target in links_in(page.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue  # the net is not asked
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        if not file.exists() or (
            anchor and file.suffix == ".md" and anchor not in anchors_in(file.read_text("utf-8"))
        ):
            broken.append(target)
    return broken
