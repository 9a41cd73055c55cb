# The inner side of a session: what bash itself does before and after each block of a page.
#
# Bash reads its commands from a FIFO, line by line. For each block Proofbook writes three of them:
#
#     \__proofbook_begin RECORDS
#     \builtin . BLOCK </dev/null >>STDOUT 2>>STDERR
#     \__proofbook_end "$?" NUMBER STATE STATUS
#
# Three lines at the top level, and not a loop in here, because what a block may do then stays within its own line: a
# `break`, a `return`, an error after which bash drops the rest of the command it is in. The block is sourced, not run
# in a function, so that its `declare` makes variables that last. Nothing is open in bash that a block could close,
# fill or inherit: STATUS is a FIFO that is opened for the one line written to it.
#
# Must stay true: nothing here depends on what a block leaves behind (IFS, noclobber, nocasematch, aliases, functions
# called `printf`), hence the backslashes, `builtin`, `>|` and quotes; no function here has a variable of its own,
# because `declare -p` would take it for one of the page's. Beyond help are a function called `builtin`, `set -n`, `set
# -r` and their like: the block with it runs into its limit.

# Given: STATUS, and COMMANDS, the FIFO this shell reads from. Bash 4.4 brought inherit_errexit and ${name@Q}.
if ((BASH_VERSINFO[0] < 4 || (BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] < 4))); then
  printf 'old %s\n' "$BASH_VERSION" >"$1"
  exit 1
fi

# Whatever Proofbook itself was started with (a jobserver, a log) is not for the page.
for fd in /dev/fd/*; do
  fd=${fd##*/}
  if ((fd > 2)) && ! [[ /dev/fd/$fd -ef $2 ]]; then
    exec {fd}>&-
  fi
done
unset fd

umask 022
# A failure in $(…) counts there too; aliases work as they do for a person at a terminal.
shopt -s inherit_errexit expand_aliases
# What a page sees as $0.
BASH_ARGV0=bash

# Takes RECORDS, the file for what failed. `set -e` itself comes with the block: were it on already, a syntax error in
# the block would end the shell.
# `set -v` of an earlier block would show what is in here.
__proofbook_begin() {
  builtin set +ev -E -o pipefail
  builtin trap "{ \\__proofbook_failed \"\$?\" \"\$BASH_COMMAND\" ${1@Q} \"\${PIPESTATUS[@]}\" || \\builtin return \"\$?\"; } 2>/dev/null" ERR
}

# Runs when a command fails that nothing handles: STATUS COMMAND RECORDS PIPESTATUS…
#
# `set -e` would now end the shell. In a subshell that is right. In the page's own shell the block is left instead, one
# `return` a function and one for the block, for which the trap becomes just that. After the block's own `set +e`
# nothing is done at all.
__proofbook_failed() {
  [[ -o errexit ]] || builtin return 0
  builtin printf '%s\0' failed "$1" "$BASH_SUBSHELL" "$2" "$(($# - 3))" "${@:4}" \
    "${#BASH_SOURCE[@]}" "${BASH_SOURCE[@]}" "${BASH_LINENO[@]}" "${FUNCNAME[@]}" >>"$3" || builtin :
  [[ $BASH_SUBSHELL -eq 0 ]] || builtin return 0
  builtin set +e
  builtin trap '{ \builtin return "$?"; } 2>/dev/null' ERR
  builtin return "$1"
}

# Takes the block's exit status, its number, the file for the shell's state, and STATUS.
#
# The state is only ever read by a shell that takes this one's place. Options come last: `nounset` and its like must
# not meet the lines before them.
__proofbook_end() {
  builtin set +e
  if {
    builtin shopt -p || builtin :
    builtin declare -p
    builtin declare -f
    builtin declare -F
    builtin alias -p
    builtin umask -p
    builtin printf 'builtin cd -- %q\n' "$PWD"
    builtin set +o
  } >|"$3" 2>/dev/null; then
    builtin printf 'end %s %s kept\n' "$2" "$1" >"$4"
  else
    builtin printf 'end %s %s lost\n' "$2" "$1" >"$4"
  fi
}
