"""Leaves near each other share one pattern: a bit a feature asked above them, a bit a condition among them.

A group's pattern says which leaf a row reaches, and of every leaf which features agree with its path: all
that the leaf's contributions depend on. A leaf that too many features decide stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from leadscore.scoring.patterns.forest import Tree, UnlikeTreesError

_A_BIT, _A_GROUP = 0.25, 1.0  # what they cost beside the look-up of one feature

Term = tuple[int, int]
"""A node, and whether it is to hold (1) or not (0)."""


@dataclass(frozen=True)
class Path:
    """The way down to one leaf.

    Attributes
    ----------
    value
        Log-odds of the leaf.
    terms
        Its conditions from the root on.
    features, shares
        Per condition the feature asked, and the share of the node's training rows that go this way.
    """

    value: float
    terms: tuple[Term, ...]
    features: tuple[int, ...]
    shares: tuple[float, ...]

    @cached_property
    def distinct(self) -> tuple[int, ...]:
        """Features in the order in which they are first asked."""
        return tuple(dict.fromkeys(self.features))

    @cached_property
    def bits(self) -> int:
        """The terms as a set of bits: two a node, for either side."""
        return sum(1 << (2 * node + want) for node, want in self.terms)

    @cached_property
    def feature_bits(self) -> int:
        """The features as a set of bits."""
        return sum(1 << feature for feature in self.distinct)

    def of_feature(self, feature: int) -> list[Term]:
        """Return the terms on one feature."""
        return [t for t, f in zip(self.terms, self.features, strict=True) if f == feature]

    @cached_property
    def passed(self) -> dict[int, float]:
        """Share of training rows that pass all of a feature's conditions, of those that reach them."""
        out: dict[int, float] = {}
        for feature, share in zip(self.features, self.shares, strict=True):
            out[feature] = out.get(feature, 1.0) * share
        return out


@dataclass(frozen=True)
class Condition:
    """What one feature asks on the path of a leaf.

    Attributes
    ----------
    slot
        Place of the feature in its group.
    mask, want
        It agrees where ``pattern & mask == want``.
    share
        Training rows that agree, of those that reach its conditions.
    """

    slot: int
    mask: int
    want: int
    share: float


@dataclass(frozen=True)
class Group:
    """Leaves (value, conditions) of one tree, their pattern's `bits`, each a conjunction, and `features`."""

    bits: tuple[tuple[Term, ...], ...]
    features: tuple[int, ...]
    leaves: tuple[tuple[float, tuple[Condition, ...]], ...]


def paths_of(tree: Tree) -> list[Path]:
    """Return the paths of all leaves, in the order of the tree from left to right."""
    if not len(tree.feature):
        return [Path(float(tree.leaf_value[0]), (), (), ())]
    out: list[Path] = []
    stack: list[tuple[int, Path]] = [(0, Path(0.0, (), (), ()))]
    while stack:
        at, path = stack.pop()
        if at < 0:
            value = float(tree.leaf_value[-1 - at])
            out.append(Path(value, path.terms, path.features, path.shares))
            continue
        for child, want in ((int(tree.right[at]), 0), (int(tree.left[at]), 1)):
            rows = tree.node_count[child] if child >= 0 else tree.leaf_count[-1 - child]
            if tree.node_count[at] <= 0:
                raise UnlikeTreesError("a node without training rows")
            share = float(rows / tree.node_count[at])
            down = Path(
                0.0, (*path.terms, (at, want)), (*path.features, int(tree.feature[at])),
                (*path.shares, share),
            )  # fmt: skip
            stack.append((child, down))
    return out


def cut(paths: Sequence[Path], most_bits: int) -> tuple[list[Group], list[Path]]:
    """Return the groups of a tree's leaves, and the leaves that more than `most_bits` features decide.

    Neighbours from left to right are put together so that the look-ups cost least.
    """
    deep = [path for path in paths if len(path.distinct) > most_bits]
    rest = [path for path in paths if len(path.distinct) <= most_bits]
    best, begin = [0.0], [0]
    for end in range(1, len(rest) + 1):
        least, at = float("inf"), end - 1
        common, union, features = -1, 0, 0
        for a in range(end - 1, -1, -1):
            own = rest[a]
            common, union = common & own.bits, union | own.bits
            features |= own.feature_bits
            n_bits = _n_bits(own, common, union)
            if n_bits > most_bits:
                break
            cost = best[a] + features.bit_count() + _A_BIT * n_bits + _A_GROUP
            if cost < least:
                least, at = cost, a
        best.append(least)
        begin.append(at)
    out: list[Group] = []
    end = len(rest)
    while end > 0:
        out.append(_group(rest[begin[end] : end]))
        end = begin[end]
    return out[::-1], deep


def _n_bits(one: Path, common: int, union: int) -> int:
    """Return the bits of leaves whose paths share the terms `common`: their features, and the other nodes."""
    depth = common.bit_count()
    return len(dict.fromkeys(one.features[:depth])) + _nodes(union & ~common)


def _nodes(terms: int) -> int:
    """Return how many nodes a set of terms has."""
    n = (terms.bit_length() + 1) // 2
    even = ((1 << (2 * n)) - 1) // 3
    return ((terms | (terms >> 1)) & even).bit_count()


def _group(paths: Sequence[Path]) -> Group:
    common = paths[0].bits
    for path in paths[1:]:
        common &= path.bits
    depth = common.bit_count()
    above = dict.fromkeys(paths[0].features[:depth])
    bits = [tuple(t for t in paths[0].of_feature(f) if t in paths[0].terms[:depth]) for f in above]
    of_feature = {feature: 1 << bit for bit, feature in enumerate(above)}
    inner = dict.fromkeys(node for path in paths for node, _ in path.terms[depth:])
    of_node = {node: 1 << (len(bits) + i) for i, node in enumerate(inner)}
    bits.extend(((node, 1),) for node in inner)
    features = tuple(dict.fromkeys([*above, *(f for path in paths for f in path.distinct)]))
    slot = {feature: i for i, feature in enumerate(features)}
    leaves = tuple(
        (path.value, tuple(_condition(path, f, depth, of_feature, of_node, slot[f]) for f in path.distinct))
        for path in paths
    )  # fmt: skip
    return Group(tuple(bits), features, leaves)


def _condition(
    path: Path, feature: int, depth: int, of_feature: dict[int, int], of_node: dict[int, int],
    slot: int,
) -> Condition:  # fmt: skip
    """Return what one feature asks on a path whose first `depth` terms lie above its group."""
    mask = want = of_feature.get(feature, 0)
    below = zip(path.terms[depth:], path.features[depth:], strict=True)
    for node, side in [term for term, own in below if own == feature]:
        mask |= of_node[node]
        want |= of_node[node] if side else 0
    return Condition(slot, mask, want, path.passed[feature])
