"""What can go wrong with a file: each returns a function that spoils the file of a project folder."""

import shutil


def replaced(name, old, new, times=-1):
    """Replace text in a file, which must hold it."""

    def spoil(root):
        text = (root / name).read_text("utf-8")
        assert old in text
        (root / name).write_text(text.replace(old, new, times), "utf-8")

    return spoil


def cut(name, keep):
    """Leave only the first share of a file."""

    def spoil(root):
        content = (root / name).read_bytes()
        (root / name).write_bytes(content[: int(len(content) * keep)])

    return spoil


def flipped(name):
    """Flip one bit in the middle of a file."""

    def spoil(root):
        content = bytearray((root / name).read_bytes())
        content[len(content) // 2] ^= 1
        (root / name).write_bytes(content)

    return spoil


def header_only(name):
    """Leave only the first line."""
    return lambda root: (root / name).write_bytes((root / name).read_bytes().splitlines(True)[0])


def gone(name):
    """Delete a file or a folder."""
    return lambda root: (
        shutil.rmtree(root / name) if (root / name).is_dir() else (root / name).unlink()
    )


def renamed(name, new):
    """Give a file another name."""
    return lambda root: (root / name).rename(root / new)


def a_file_instead(name):
    """Put a file where a folder of outputs should be."""

    def spoil(root):
        shutil.rmtree(root / name)
        (root / name).write_text("mine")

    return spoil
