"""A unit says what was meant, as systemd reads it, and asks for few rights."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.files.errors import InputError
from edge.live.sources.source_kind import SourceKind
from edge.live.systemd.unit_file import (
    Credential,
    NetworkUse,
    Unit,
    quote_path,
    quote_word,
    write_unit,
)

_PROGRAM = "/usr/bin/crack-edge"


def unquote_words(text: str) -> list[str]:
    """Read a command as systemd does: quotes, backslashes, then %% and $$."""
    words, word, quote, started = [], "", "", False
    characters = iter(text)
    for character in characters:
        if character == "\\":
            word += next(characters)
        elif quote:
            quote, word = ("", word) if character == quote else (quote, word + character)
        elif character in "\"'" and not started:
            quote, started = character, True
        elif character == " ":
            words += [word] if started else []
            word, started = "", False
        else:
            word += character
            started = True
    assert not quote
    words += [word] if started else []
    assert not any(re.search(r"(?<!%)(%%)*%(?!%)", one) for one in words), "a specifier"
    assert not any(re.search(r"(?<!\$)(\$\$)*\$(?!\$)", one) for one in words), "a variable"
    return [one.replace("%%", "%").replace("$$", "$") for one in words]


def _values(text: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


def _unit(
    *,
    command: tuple[str | Credential, ...] = (_PROGRAM, "live"),
    source: SourceKind = "camera",
    network: NetworkUse = "loopback",
    reads: tuple[Path, ...] = (),
    record: Path | None = None,
    user: str | None = None,
    title: str = "/dev/video0",
) -> str:
    return write_unit(
        Unit(
            title=title,
            command=command,
            source=source,
            network=network,
            reads=reads,
            record=record,
            user=user,
        )
    )


_TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")) | st.just(" "))


@given(st.lists(_TEXT, max_size=5))
def test_a_command_is_read_back_as_it_was(words: list[str]) -> None:
    (command,) = _values(_unit(command=(_PROGRAM, *words)), "ExecStart")
    assert unquote_words(command) == [_PROGRAM, *words]


@pytest.mark.parametrize(
    ("word", "spelled"),
    [
        ("/a/b-c.d", "/a/b-c.d"),
        ("10%", '"10%%"'),
        ("$HOME", '"$$HOME"'),
        ('a "b" \\', '"a \\"b\\" \\\\"'),
        (";", '";"'),
        ("", '""'),
    ],
)
def test_what_means_something_to_systemd_is_spelled_out(word: str, spelled: str) -> None:
    assert quote_word(word) == spelled


@pytest.mark.parametrize("bad", ["a\nb", "a\tb", "\x1b", "\0", "\u2028", "\ud800"])
def test_what_does_not_print_is_refused(bad: str) -> None:
    with pytest.raises(InputError, match="do not print"):
        quote_word(bad)
    with pytest.raises(InputError, match="do not print"):
        _unit(title=bad)
    with pytest.raises(InputError, match="do not print"):
        quote_path(Path("/x" + bad.replace("\0", "\x01")))


@pytest.mark.parametrize("bad", ['/a"b', "/a'b", "/a\\b", "/a:b"])
def test_a_path_that_a_list_cannot_hold_is_refused(bad: str) -> None:
    with pytest.raises(InputError, match=re.escape(bad)):
        quote_path(Path(bad))


def test_a_path_with_a_space_and_a_percent_sign_is_spelled_out() -> None:
    assert quote_path(Path("/mnt/a b/50%")) == '"/mnt/a b/50%%"'


def test_a_title_is_no_specifier() -> None:
    assert _values(_unit(title="50%h"), "Description") == ["crack-edge live, 50%%h"]


@pytest.mark.parametrize("program", ["python", "/opt/$x/python"])
def test_a_program_that_systemd_would_look_for_is_refused(program: str) -> None:
    with pytest.raises(InputError, match="absolute path"):
        _unit(command=(program,))


def test_a_credential_is_loaded_and_named_by_where_the_service_sees_it() -> None:
    token = Credential("token", Path("/root/my tokens/50%"))
    text = _unit(command=(_PROGRAM, "--token-file", token))
    assert _values(text, "LoadCredential") == ["token:/root/my tokens/50%%"]
    assert _values(text, "ExecStart") == [
        f"{_PROGRAM} --token-file ${{CREDENTIALS_DIRECTORY}}/token"
    ]


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        ("camera", ["char-video4linux rw"]),
        ("picamera", ["char-video4linux rw", "char-media rw", "char-dma_heap rw"]),
        ("drawn", []),
        ("stream", []),
        ("file", []),
    ],
)
def test_only_a_camera_gets_devices(source: SourceKind, allowed: list[str]) -> None:
    text = _unit(source=source)
    assert _values(text, "DeviceAllow") == allowed
    assert _values(text, "DevicePolicy") == ["closed"]
    assert _values(text, "PrivateDevices") == ([] if allowed else ["yes"])
    assert _values(text, "SupplementaryGroups") == (["video"] if allowed else [])


@pytest.mark.parametrize(
    ("network", "families", "private", "allowed"),
    [
        ("none", "AF_UNIX", ["yes"], []),
        ("loopback", "AF_UNIX AF_INET AF_INET6", [], ["localhost"]),
        ("any", "AF_UNIX AF_INET AF_INET6", [], []),
    ],
)
def test_it_talks_only_to_whom_it_must(
    network: NetworkUse, families: str, private: list[str], allowed: list[str]
) -> None:
    text = _unit(network=network)
    assert _values(text, "RestrictAddressFamilies") == [families]
    assert _values(text, "PrivateNetwork") == private
    assert _values(text, "IPAddressAllow") == allowed
    assert _values(text, "IPAddressDeny") == ([] if network == "any" else ["any"])


@pytest.mark.parametrize(("user", "dynamic"), [(None, ["yes"]), ("pi", [])])
def test_records_in_the_services_own_folder_need_no_user(
    user: str | None, dynamic: list[str]
) -> None:
    text = _unit(record=Path("/var/lib/crack-edge/bridge"), user=user)
    assert _values(text, "StateDirectory") == ["crack-edge"]
    assert _values(text, "ReadWritePaths") == []
    assert _values(text, "DynamicUser") == dynamic
    assert _values(text, "User") == ([user] if user else [])


def test_records_elsewhere_need_a_user_who_owns_them() -> None:
    with pytest.raises(InputError, match=r"--record /mnt/usb: .*--user"):
        _unit(record=Path("/mnt/usb"))
    text = _unit(record=Path("/mnt/usb"), user="pi")
    assert _values(text, "ReadWritePaths") == ["/mnt/usb"]
    assert _values(text, "RequiresMountsFor") == ["/mnt/usb"]


def test_homes_are_hidden_but_for_what_is_read() -> None:
    reads = ("/home/pi/venv", "/home/pi/venv/lib", "/usr", "/tmp/m.tflite", "/home/pi/venv")
    text = _unit(reads=tuple(map(Path, reads)))
    assert _values(text, "ProtectHome") == ["tmpfs"]
    assert _values(text, "BindReadOnlyPaths") == ["/home/pi/venv", "/tmp/m.tflite"]
    text = _unit(reads=(Path("/usr"), Path("/homely")))
    assert _values(text, "ProtectHome") == ["yes"]
    assert _values(text, "BindReadOnlyPaths") == []


def test_records_in_a_home_are_let_through() -> None:
    text = _unit(record=Path("/home/pi/events"), user="pi")
    assert _values(text, "ProtectHome") == ["tmpfs"]
    assert _values(text, "BindPaths") == ["/home/pi/events"]
