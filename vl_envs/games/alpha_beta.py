"""Alpha-beta search for Breakthrough, on sets of bits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

FULL = (1 << 64) - 1
A_FILE = sum(1 << 8 * row for row in range(8))
H_FILE = A_FILE << 7
LAST = (0xFF, 0xFF << 56)
"""The row on which each seat wins: seat 0 moves down, seat 1 up. Bit 8 * row + column."""
WON = 1_000_000
_ROWS = [0xFF << 8 * row for row in range(8)]


def best_move(rows: Sequence[str], seat: int, depth: int, rng: np.random.Generator) -> str:
    """Choose the move after which a seat is best off, ``depth`` half-moves ahead.

    Args:
        rows: the board from the eighth row down, ``b`` for seat 0, ``w`` for seat 1.
        seat: whose turn it is.
        depth: half-moves, this one included.
        rng: shuffles moves, so that of those as good any may be taken.
    """
    sides = [0, 0]
    for row, line in zip(reversed(range(8)), rows, strict=True):
        for column, piece in enumerate(line):
            if piece in "bw":
                sides["bw".index(piece)] |= 1 << (8 * row + column)
    moves = list(_moves(sides[seat], sides[1 - seat], seat))
    order = rng.permutation(len(moves)).tolist()
    best, chosen = -2 * WON, moves[order[0]]
    for start, end in sorted((moves[i] for i in order), key=lambda m: not m[1] & sides[1 - seat]):
        own, other = sides[seat] ^ start | end, sides[1 - seat] & ~end
        value = -_search(other, own, 1 - seat, depth - 1, -2 * WON, -best)
        if value > best:
            best, chosen = value, (start, end)
    return "".join(_square(bit) for bit in chosen)


def _search(own: int, other: int, seat: int, depth: int, low: int, high: int) -> int:
    """Give a position's value for the seat to move, as far as it lies between low and high."""
    if other & LAST[1 - seat] or not own:
        return -WON - depth
    if depth == 0:
        return _worth(own, seat) - _worth(other, 1 - seat)
    for start, end in _moves(own, other, seat):
        value = -_search(other & ~end, own ^ start | end, 1 - seat, depth - 1, -high, -low)
        if value >= high:
            return value
        low = max(low, value)
    return low


def _worth(side: int, seat: int) -> int:
    """Count pieces, and how far they have come: 10 each, and the square of its steps."""
    total = 10 * side.bit_count()
    for row in range(8):
        steps = 7 - row if seat == 0 else row
        total += (side & _ROWS[row]).bit_count() * steps * steps
    return total


def _moves(own: int, other: int, seat: int) -> Iterator[tuple[int, int]]:
    """Give the moves as (square left, square entered): captures and the foremost first."""
    if seat:
        left, ahead, right = (own & ~A_FILE) << 7, own << 8, (own & ~H_FILE) << 9
        shifts = (7, 8, 9)
    else:
        left, ahead, right = (own & ~A_FILE) >> 9, own >> 8, (own & ~H_FILE) >> 7
        shifts = (9, 8, 7)
    free = FULL & ~(own | other)
    for targets in ((left & other, 0, right & other), (left & free, ahead & free, right & free)):
        for squares, shift in zip(targets, shifts, strict=True):
            while squares:
                end = 1 << (squares.bit_length() - 1) if seat else squares & -squares
                squares ^= end
                yield (end >> shift if seat else end << shift), end


def _square(bit: int) -> str:
    row, column = divmod(bit.bit_length() - 1, 8)
    return f"{'abcdefgh'[column]}{row + 1}"
