"""Bits of an H.264 sequence parameter set, to make streams that no encoder here makes."""

from __future__ import annotations

from pathlib import Path


def without_usability(source: Path, target: Path) -> Path:
    """Copy an MP4 whose H.264 then says nothing of how far its frames are reordered.

    The flag of the usability information (ITU-T H.264, 7.3.2.1.1) is cleared, and what follows.
    """
    data = bytearray(source.read_bytes())
    at = data.index(b"avcC") + 4
    length = int.from_bytes(data[at + 6 : at + 8], "big")
    first, stop = at + 8, at + 8 + length
    bits = "".join(f"{byte:08b}" for byte in data[first:stop])
    flag = _place_of_flag(bits)
    assert bits[flag] == "1"
    cleared = (bits[:flag] + "01").ljust(len(bits), "0")
    data[first:stop] = int(cleared, 2).to_bytes(length, "big")
    target.write_bytes(data)
    return target


def _place_of_flag(bits: str) -> int:
    at = 32  # NAL header, profile, constraints, level

    def number() -> int:
        nonlocal at
        zeros = bits.index("1", at) - at
        value = int(bits[at + zeros : at + 2 * zeros + 1], 2) - 1
        at += 2 * zeros + 1
        return value

    number()
    if int(bits[8:16], 2) >= 100:
        assert number() == 1  # 4:2:0
        number()
        number()
        assert bits[at : at + 2] == "00"  # no scaling matrix
        at += 2
    number()
    if number() == 0:
        number()
    number()
    at += 1
    number()
    number()
    assert bits[at] == "1"  # no fields
    at += 2
    at += 1
    if bits[at - 1] == "1":
        for _ in range(4):
            number()
    return at
