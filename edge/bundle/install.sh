#!/bin/sh
# Installs crack-edge as a service from this folder, without a network, or replaces an older one.
#
# All that is replaced is made beside its place (NAME.new), proven, and put there at once; what was
# there waits (NAME.old) until the new service runs. So the device has a working installation at any
# time, whenever this ends.
set -eu
# The service's user must be able to read what root installs.
umask 022

# Tests put a folder before all paths.
root=${INSTALL_ROOT:-}
python=$root/usr/bin/python3
home=$root/opt/crack-edge
settings=$root/etc/crack-edge
unit=$root/etc/systemd/system/crack-edge.service
records=$root/var/lib/crack-edge
# Installed it takes about 300 MB.
needed_mb=400

# How far this is: nothing, making, switching, switched, finished.
phase=nothing
start=yes

usage() {
    cat <<'END'
usage: sudo sh install.sh               install, enable and start the service, or replace it
       sudo sh install.sh --no-start    install only; a running service is stopped
       sudo sh install.sh --uninstall   remove it; records are kept

Exit codes: 0 done, 1 the service does not start, 2 wrong usage or a damaged copy, 3 this machine
lacks something.
END
}

main() {
    task=install
    for word in "$@"; do
        case $word in
            --no-start) start=no ;;
            --uninstall) task=uninstall ;;
            -h | --help) usage && exit 0 ;;
            *) usage >&2 && fail 2 "no such option: $word" ;;
        esac
    done
    [ "$(id -u)" -eq 0 ] || fail 2 "this script must run as root: sudo sh $0${*:+ $*}"
    command -v systemctl >/dev/null || fail 3 "this machine has no systemd, which runs the service"
    here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
    cd "$here"
    # Two at once would take each other's files away. The lock ends with this process.
    mkdir -p "$root/run"
    exec 9>"$root/run/crack-edge-install.lock"
    flock -n 9 || fail 1 "another install.sh is running: wait until it has finished"
    "$task"
}

install() {
    check_copy
    check_machine
    trap finish EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    put_leftovers_back
    phase=making
    make_new
    prove_new
    put_in_place
    run_service
    phase=finished
    remove_beside old
    tell
}

say() {
    printf '%s\n' "$*"
}

fail() {
    code=$1
    shift
    printf 'Error: %s\n' "$*" >&2
    exit "$code"
}

# Takes what bundle.json says, a line for each fact; the last of them is never empty.
read_facts() {
    facts=$("$python" -I -c '
import json
facts = json.load(open("bundle.json", encoding="utf-8"))
platform, service = facts["platform"], facts["service"]
print(platform["system"], platform["python"], facts["crack_edge"], facts["install"], sep="\n")
print(facts["pip"], facts["model"]["file"], service["page"] or "", service["uses_apt"], sep="\n")
')
    {
        read -r system
        read -r wanted
        read -r version
        read -r package
        read -r pip
        read -r model
        read -r page
        read -r uses_apt
    } <<END
$facts
END
}

systemd_runs() {
    [ -d "$root/run/systemd/system" ]
}

# ---- Checks: nothing is touched before all of them hold.

check_copy() {
    for name in SHA256SUMS bundle.json; do
        [ -f "$name" ] ||
            fail 2 "$here/$name is missing: unpack the archive again and run its install.sh"
    done
    if ! wrong=$(sha256sum --check --strict --quiet SHA256SUMS 2>&1); then
        say "$wrong" >&2
        fail 2 "$here is damaged or was changed (see above): copy the archive again and unpack it"
    fi
    # A line of SHA256SUMS is 64 digits, two blanks, the name; find puts ./ before a name.
    extra=$(find . ! -type d ! -path ./SHA256SUMS |
        awk 'NR == FNR { known[substr($0, 67)]; next } !(substr($0, 3) in known)' SHA256SUMS -)
    [ -z "$extra" ] ||
        fail 2 "$here holds files that are not of the bundle ($extra): remove them or unpack again"
}

check_machine() {
    [ -x "$python" ] || fail 3 "$python is missing: sudo apt install python3"
    read_facts
    read -r machine bits found <<END
$("$python" -I -c '
import platform, sys
bits = 64 if sys.maxsize > 1 << 32 else 32
print(platform.machine(), bits, "%d.%d" % sys.version_info[:2])
')
END
    check_processor
    [ "$found" = "$wanted" ] ||
        fail 3 "this bundle is for $system (Python $wanted), but this machine has Python $found:" \
            "make one with --platform $(find_platform)"
    if [ "$uses_apt" = True ] && ! has_picamera2; then
        fail 3 "the service needs picamera2, which is not installed here:" \
            "sudo apt install python3-picamera2"
    fi
    mkdir -p "$root/opt"
    free_mb=$(df -Pk "$root/opt" | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free_mb" -ge "$needed_mb" ] ||
        fail 3 "$root/opt has $free_mb MB free but needs $needed_mb MB: make room on that disk"
}

check_processor() {
    # What the kernel is says nothing: 32-bit systems run on 64-bit kernels.
    packages=$(dpkg --print-architecture 2>/dev/null || say unknown)
    case "$packages $machine $bits" in
        "arm64 aarch64 64" | "unknown aarch64 64") ;;
        arm*" a"*)
            fail 3 "this bundle is for $system, but this is a 32-bit system ($packages; a 64-bit" \
                "kernel alone is not enough): install the 64-bit Raspberry Pi OS"
            ;;
        *) fail 3 "this bundle is for $system (arm64), but this machine is $packages ($machine)" ;;
    esac
}

find_platform() {
    "$python" -I -c '
import json, sys
platforms = json.load(open("bundle.json", encoding="utf-8"))["platforms"]
print(platforms.get(sys.argv[1], "for this system, if there is one"))
' "$found"
}

has_picamera2() {
    "$python" -I -c '
import importlib.util, sys
sys.exit(importlib.util.find_spec("picamera2") is None)
'
}

# ---- What is new, beside its place.

make_new() {
    say "installing crack-edge $version for $system; this takes a few minutes ..."
    remove_beside new
    # With the packages of apt only where they are needed.
    set --
    [ "$uses_apt" != True ] || set -- --system-site-packages
    # Debian's python3 has venv, but not what puts pip into an environment.
    "$python" -I -m venv --without-pip --prompt crack-edge "$@" "$home.new"
    # No file of settings of this machine's pip has a say.
    PIP_CONFIG_FILE=/dev/null "$home.new/bin/python" -I "wheels/$pip/pip" --isolated \
        install --quiet --no-index --find-links wheels --ignore-installed --no-cache-dir \
        --disable-pip-version-check --progress-bar off "wheels/$package"
    # Its programs name the folder that they were made in.
    find "$home.new/bin" "$home.new/pyvenv.cfg" -type f -exec sed -i "s|$home\.new|$home|g" {} +
    mkdir "$home.new/models"
    cp "models/$model" "$home.new/models/"
    # For who wants to know what is installed, or to remove it, when this folder is gone.
    cp bundle.json install.sh "$home.new/"
    if [ -d settings ]; then
        mkdir -p "${settings%/*}"
        (umask 077 && mkdir "$settings.new" && cp settings/* "$settings.new/")
        chmod 0600 "$settings.new/"*
    fi
    mkdir -p "${unit%/*}"
    cp crack-edge.service "$unit.new"
    chmod 0644 "$unit.new"
}

prove_new() {
    say "checking that the model works on this machine ..."
    if ! report=$("$home.new/bin/python" -I -m crack_edge doctor \
        --model "$home.new/models/$model" 2>&1); then
        say "$report" >&2
        fail 3 "the model does not work on this machine, see above"
    fi
}

# ---- The switch.

put_in_place() {
    # A power cut must not leave names without what they name.
    sync
    # From here on it is a matter of seconds, and half of it would be bad.
    trap '' HUP INT TERM
    was_active=no
    if systemd_runs && [ -e "$unit" ]; then
        # One that is started again and again is "activating".
        case $(systemctl is-active crack-edge || true) in
            active | activating | reloading) was_active=yes ;;
        esac
        systemctl stop crack-edge
    fi
    phase=switching
    for place in "$home" "$settings" "$unit"; do
        [ ! -e "$place" ] || mv "$place" "$place.old"
        [ ! -e "$place.new" ] || mv "$place.new" "$place"
    done
    phase=switched
    "$home/bin/crack-edge" --version >/dev/null
    ! systemd_runs || systemctl daemon-reload
}

run_service() {
    if [ "$start" = no ]; then
        return
    fi
    systemctl enable --quiet crack-edge
    ! systemd_runs || systemctl restart crack-edge ||
        fail 1 "the service does not start; see why: journalctl -u crack-edge -n 50"
}

# Puts what was there back into its place, whatever has come of the switch.
put_back() {
    for place in "$home" "$settings" "$unit"; do
        if [ "$phase" = switched ] && [ ! -e "$place.old" ]; then
            rm -rf "$place"
        fi
    done
    restore_old
    if systemd_runs; then
        systemctl daemon-reload || true
        [ "$was_active" = no ] || systemctl restart crack-edge || true
    fi
}

restore_old() {
    for place in "$home" "$settings" "$unit"; do
        if [ -e "$place.old" ]; then
            rm -rf "$place"
            mv "$place.old" "$place"
        fi
    done
}

# A run before this one was cut off, by a power cut: in the middle of the switch if there is still a
# new unit, which is put in place last.
put_leftovers_back() {
    [ ! -e "$unit.new" ] || restore_old
    remove_beside old
}

remove_beside() {
    for place in "$home" "$settings" "$unit"; do
        rm -rf "$place.$1"
    done
}

finish() {
    code=$?
    trap - EXIT
    case $phase in
        making)
            remove_beside new
            say "nothing was changed" >&2
            ;;
        switching | switched)
            if [ -e "$home.old" ] || [ -e "$unit.old" ]; then
                put_back
                say "the previous installation was restored" >&2
            fi
            remove_beside new
            ;;
    esac
    exit "$code"
}

tell() {
    say "installed in $home"
    if [ "$start" = no ]; then
        say "the service was not started; to start it: sudo systemctl enable --now crack-edge"
    elif ! systemd_runs; then
        say "systemd does not run here: the service starts at the next boot"
    fi
    say "status and log: systemctl status crack-edge; journalctl -u crack-edge -f"
    [ -z "$page" ] || say "live page: $page"
    [ ! -d settings ] || say "delete the archive and $here now: they may hold secrets"
}

# ---- The end.

uninstall() {
    if [ -e "$unit" ]; then
        systemctl disable --quiet crack-edge
        ! systemd_runs || systemctl stop crack-edge
    fi
    rm -rf "$unit" "$settings" "$home"
    remove_beside new
    remove_beside old
    ! systemd_runs || systemctl daemon-reload
    say "crack-edge was removed"
    [ ! -e "$records" ] || say "its records are kept in $records"
}

main "$@"
