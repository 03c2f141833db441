"""What a device needs follows from the metadata of wheels, and from nothing of this machine."""

from __future__ import annotations

import random
import sys
from collections.abc import Collection, Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from edge.bundle.closure import (
    Closure,
    Demand,
    close_over,
    find_culprit,
    list_demands,
    parse_demand,
)
from edge.bundle.platforms import PLATFORMS, Platform, marker_environment
from edge.bundle.wheel import Wheel
from edge.files.errors import InputError
from tests.unit.edge.bundle.wheels_made import wheel_of

BOOKWORM, TRIXIE = PLATFORMS["pi-bookworm"], PLATFORMS["pi-trixie"]
HERE = f'python_version == "{sys.version_info[0]}.{sys.version_info[1]}"'


def _roots(*texts: str) -> list[Demand]:
    return [parse_demand(text, "the bundle") for text in texts]


def _close(
    roots: Sequence[str],
    *wheels: Wheel,
    platform: Platform = BOOKWORM,
    excluded: Collection[tuple[str, Version]] = (),
) -> Closure:
    return close_over(_roots(*roots), wheels, platform, excluded=excluded)


def _chosen(closure: Closure) -> list[str]:
    return [str(wheel) for wheel in closure.wheels]


def _unmet(closure: Closure) -> list[str]:
    return [one.requirement for one in closure.unmet]


def test_what_is_needed_by_what_is_needed_is_needed() -> None:
    wheels = (wheel_of("a", requires=["b"]), wheel_of("b", requires=["c>=1"]), wheel_of("c"))
    closure = _close(["a"], *wheels)
    assert _chosen(closure) == ["a 1.0", "b 1.0", "c 1.0"]
    assert not closure.unmet


def test_what_is_not_needed_is_left_out() -> None:
    assert _chosen(_close(["a"], wheel_of("a"), wheel_of("colorama"))) == ["a 1.0"]


def test_of_each_package_the_newest_that_will_do_is_chosen() -> None:
    wheels = [wheel_of("a", version) for version in ("1.0", "1.9", "1.10", "2.0", "3.0rc1")]
    assert _chosen(_close(["a"], *wheels)) == ["a 2.0"]
    assert _chosen(_close(["a<2"], *wheels)) == ["a 1.10"]
    assert _chosen(_close(["a>=3.0rc1"], *wheels)) == ["a 3.0rc1"]


def test_a_version_to_come_is_taken_where_there_is_no_other() -> None:
    assert _chosen(_close(["a"], wheel_of("a", "1.0.dev1"))) == ["a 1.0.dev1"]


def test_all_that_is_asked_of_a_package_counts() -> None:
    wheels = [
        wheel_of("a", requires=["c>=1.2"]),
        wheel_of("b", requires=["c<2,!=1.4"]),
        *(wheel_of("c", version) for version in ("1.0", "1.3", "1.4", "2.0")),
    ]
    assert _chosen(_close(["a", "b"], *wheels)) == ["a 1.0", "b 1.0", "c 1.3"]


@pytest.mark.parametrize(
    ("marker", "on_bookworm", "on_trixie"),
    [
        ('python_version < "3.13"', True, False),
        ('python_version < "3.11"', False, False),
        ('platform_system == "Windows"', False, False),
        ('platform_machine == "aarch64"', True, True),
        ('platform_machine == "x86_64"', False, False),
        ('extra == "x"', False, False),
        ('extra == "y"', True, True),
        ('extra == "y" and python_version >= "3.13"', False, True),
    ],
)
def test_a_marker_is_asked_of_the_device(marker: str, on_bookworm: bool, on_trixie: bool) -> None:
    wheels = (wheel_of("a", requires=[f"b; {marker}"]), wheel_of("b"))
    for platform, expected in ((BOOKWORM, on_bookworm), (TRIXIE, on_trixie)):
        closure = _close(["a[y]"], *wheels, platform=platform)
        assert ("b 1.0" in _chosen(closure)) is expected
        assert _unmet(_close(["a[y]"], wheels[0], platform=platform)) == (["b"] if expected else [])


def test_an_extra_of_what_is_needed_is_followed() -> None:
    wheels = (
        wheel_of("a", requires=["b[Fast_Path]"]),
        wheel_of("b", requires=['c; extra == "fast-path"', 'd; extra == "slow"']),
        wheel_of("c"),
        wheel_of("d"),
    )
    assert _chosen(_close(["a"], *wheels)) == ["a 1.0", "b 1.0", "c 1.0"]


def test_an_extra_asked_for_later_is_followed_too() -> None:
    wheels = (
        wheel_of("a", requires=["b", "c"]),
        wheel_of("b", requires=['d; extra == "more"']),
        wheel_of("c", requires=["b[more]"]),
        wheel_of("d"),
    )
    assert "d 1.0" in _chosen(_close(["a"], *wheels))


def test_a_circle_ends() -> None:
    wheels = (wheel_of("a", requires=["b"]), wheel_of("b", requires=["a"]))
    assert _chosen(_close(["a"], *wheels)) == ["a 1.0", "b 1.0"]


def test_a_wheel_for_another_machine_is_none() -> None:
    wheel = wheel_of("a", tag="cp311-cp311-manylinux_2_28_x86_64")
    assert _unmet(_close(["a"], wheel)) == ["a"]
    assert _unmet(_close(["a"], wheel_of("a", requires_python=">=3.12"))) == ["a"]


def test_what_is_unmet_is_said_with_who_asks() -> None:
    wheels = (wheel_of("a", requires=["c>=2"]), wheel_of("b", requires=["c<3"]), wheel_of("c"))
    (unmet,) = _close(["a", "b", "c!=2.5"], *wheels).unmet
    assert unmet.requirement == "c!=2.5,<3,>=2"
    assert str(unmet) == "c !=2.5 for the bundle, c >=2 for a 1.0, c <3 for b 1.0"


def test_a_version_that_is_excluded_is_asked_for_no_more() -> None:
    closure = _close(["a"], wheel_of("a", "2.0"), excluded={("a", Version("2.0"))})
    assert _unmet(closure) == ["a!=2.0"]


def test_what_an_abandoned_version_alone_needs_is_left_out() -> None:
    wheels = (
        wheel_of("a", "2.0", requires=["only-of-2"]),
        wheel_of("a", "1.0"),
        wheel_of("b", requires=["a<2"]),
    )
    assert _chosen(_close(["a", "b"], *wheels)) == ["a 1.0", "b 1.0"]
    assert not _close(["a", "b"], *wheels).unmet


@pytest.mark.parametrize("text", ["b @ https://example.org/b.whl", "b @ file:///b.whl"])
def test_a_requirement_by_address_is_named(text: str) -> None:
    with pytest.raises(InputError, match=r"a-1.0-py3-none-any.whl: requires b from a URL"):
        _close(["a"], wheel_of("a", requires=[text]))


def test_a_requirement_by_address_that_is_not_for_the_device_is_no_matter() -> None:
    wheel = wheel_of("a", requires=['b @ file:///b.whl ; sys_platform == "win32"'])
    assert _chosen(_close(["a"], wheel)) == ["a 1.0"]


def test_a_requirement_that_cannot_be_read_is_named() -> None:
    with pytest.raises(InputError, match=r"a-1.0-py3-none-any.whl: its requirement '\?\?'"):
        _close(["a"], wheel_of("a", requires=["??"]))


def _culprit(roots: Sequence[str], *wheels: Wheel, keep: str = "own") -> str:
    (unmet,) = _close(roots, *wheels).unmet
    return str(find_culprit(unmet, wheels, BOOKWORM, keep=keep))


def test_who_asks_for_more_than_there_is_can_be_done_without() -> None:
    wheels = (
        wheel_of("own", requires=["numpy>=1.26", "runtime", "types"]),
        wheel_of("runtime", requires=["numpy>=1.23"]),
        wheel_of("types", "0.6", requires=["numpy>=2"]),
        wheel_of("numpy", "1.26"),
        wheel_of("numpy", "2.2"),
    )
    assert _culprit(["numpy<2", "own"], *wheels) == "types 0.6"


def test_without_a_wheel_at_hand_the_last_who_asks_is_the_one() -> None:
    wheels = (wheel_of("own", requires=["a", "b"]), wheel_of("a", requires=["c<2"]))
    assert _culprit(["own"], *wheels, wheel_of("b", requires=["c>=2"])) == "b 1.0"


def test_what_we_ask_for_ourselves_is_nobodys_fault() -> None:
    assert _culprit(["own"], wheel_of("own", requires=["a"])) == "None"


# Few names and versions, so that requirements meet; also such as this machine alone would see.
_NAMES = ("a", "b", "c", "d", "e")
_MARKERS = ("", "", HERE, 'python_version < "3.13"', 'platform_machine == "x86_64"', 'extra == "x"')
_requirements = st.builds(
    lambda name, extra, specifier, marker: f"{name}{extra}{specifier}; {marker}".rstrip("; "),
    st.sampled_from(_NAMES),
    st.sampled_from(("", "[x]")),
    st.sampled_from(("", ">=2", "<3", "!=2", "==1")),
    st.sampled_from(_MARKERS),
)
_wheels = st.lists(
    st.builds(
        wheel_of,
        st.sampled_from(_NAMES),
        st.sampled_from(("1", "2", "3")),
        st.lists(_requirements, max_size=3),
        tag=st.sampled_from(("py3-none-any", "cp311-cp311-linux_aarch64", "cp311-none-win_arm64")),
    ),
    max_size=12,
    unique_by=lambda wheel: wheel.file,
)


def _asked(wheel: Wheel, extras: Iterable[str]) -> list[Requirement]:
    """Return what a wheel needs on the device, found another way than the closure does."""
    environments = [{**marker_environment(BOOKWORM), "extra": one} for one in ("", *extras)]
    return [
        one
        for one in map(Requirement, wheel.requires)
        if one.marker is None or any(map(one.marker.evaluate, environments))
    ]


@given(_wheels, st.randoms())
def test_what_is_chosen_is_needed_and_meets_all_that_is_asked(
    wheels: list[Wheel], order: random.Random
) -> None:
    closure = _close(["a", "b[x]>=1"], *wheels)
    chosen = {wheel.name: wheel for wheel in closure.wheels}
    assert len(chosen) == len(closure.wheels)
    assert not chosen.keys() & {one.name for one in closure.unmet}

    needed: dict[str, set[str]] = {"a": set(), "b": {"x"}}
    todo = ["a", "b"]
    while todo:
        name = todo.pop()
        if name not in chosen:
            assert name in {one.name for one in closure.unmet}
            continue
        for one in _asked(chosen[name], needed[name]):
            if one.name in chosen:
                assert one.specifier.contains(chosen[one.name].version)
            if not one.extras <= needed.get(one.name, set()) or one.name not in needed:
                needed.setdefault(one.name, set()).update(one.extras)
                todo.append(one.name)
    assert set(needed) == set(chosen) | {one.name for one in closure.unmet}

    shuffled = list(wheels)
    order.shuffle(shuffled)
    again = _close(["a", "b[x]>=1"], *shuffled)
    assert _unmet(again) == _unmet(closure)
    assert _chosen(again) == _chosen(closure)


@given(_wheels)
def test_the_requirement_of_what_is_unmet_is_met_by_no_wheel_at_hand(wheels: list[Wheel]) -> None:
    for one in _close(["a", "b"], *wheels).unmet:
        specifier = SpecifierSet(one.requirement.removeprefix(one.name))
        fitting = [wheel for wheel in wheels if "win" not in wheel.file and wheel.name == one.name]
        assert not [wheel for wheel in fitting if wheel.version in specifier]
        assert one.demands


def test_demands_name_who_asks() -> None:
    (demand,) = list_demands(wheel_of("a", requires=["B_c[x]>=1"]), [], BOOKWORM)
    assert (demand.name, demand.specifier, demand.extras) == ("b-c", ">=1", {"x"})
    assert demand.by == "a 1.0"
