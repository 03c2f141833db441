"""What /proc/cpuinfo says, in the words of x86 and of ARM."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.machine.processor import FAST_FEATURES, parse_cpuinfo

_X86 = """processor\t: {number}
model name\t: A CPU @ 2 GHz
cpu MHz\t\t: {mhz}
flags\t\t: fpu avx2 {flags} hypervisor

"""
_ARM = """processor\t: {number}
BogoMIPS\t: 108.00
Features\t: fp asimd asimdhp asimddp {features}
CPU implementer\t: 0x41
CPU part\t: {part}

"""


def test_an_x86_processor_is_read() -> None:
    text = _X86.format(number=0, mhz=2500.5, flags="avx_vnni")
    text += _X86.format(number=1, mhz="oops", flags="avx_vnni")
    found = parse_cpuinfo(text)
    assert (found.name, found.cores) == ("A CPU @ 2 GHz", 2)
    assert found.features == ("avx2", "avx_vnni")
    assert found.mhz == (2500.5,)
    assert found.is_virtual is True


def test_a_machine_of_its_own_is_not_virtual() -> None:
    text = _X86.format(number=0, mhz=1, flags="").replace("hypervisor", "")
    assert parse_cpuinfo(text).is_virtual is False


def test_only_what_every_core_can_do_is_a_feature() -> None:
    text = _ARM.format(number=0, features="sve i8mm", part="0xd4f")
    text += _ARM.format(number=1, features="i8mm", part="0xd05")
    assert parse_cpuinfo(text).features == ("asimd", "asimddp", "i8mm")


def test_cores_of_arm_are_named_once_and_unknown_ones_not_at_all() -> None:
    parts = ("0xd05", "0xd05", "0xd0b", "0xfff", "odd")
    texts = [_ARM.format(number=n, features="", part=part) for n, part in enumerate(parts)]
    found = parse_cpuinfo("".join(texts))
    assert found.core_types == ("Cortex-A55", "Cortex-A76")
    assert (found.name, found.is_virtual, found.cores) == ("", None, 5)


@pytest.mark.parametrize(
    ("text", "has_it"),
    [
        (_X86.format(number=0, mhz=1, flags="avx_vnni"), True),
        (_X86.format(number=0, mhz=1, flags="avx512_vnni"), True),
        (_X86.format(number=0, mhz=1, flags=""), False),
        (_ARM.format(number=0, features="", part="0xd0b"), True),
        (_ARM.format(number=0, features="", part="0xd08").replace(" asimddp", ""), False),
        ("processor\t: 0\n", None),
    ],
)
def test_the_int8_dot_product_has_names_of_its_own_on_x86_and_arm(
    text: str, has_it: bool | None
) -> None:
    assert parse_cpuinfo(text).has_int8_dot is has_it


def test_a_model_under_the_key_of_the_cores_is_no_core() -> None:
    assert parse_cpuinfo("Processor\t: ARMv7 rev 4 (v7l)\nprocessor\t: 0\n").cores == 1


@given(st.text() | st.text("flagsmodel nameprocessor:\n\t 0x"))
def test_any_text_is_read(text: str) -> None:
    found = parse_cpuinfo(text)
    assert found.cores >= 0
    assert set(found.features) <= set(FAST_FEATURES)
