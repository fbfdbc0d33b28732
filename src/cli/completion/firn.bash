# bash completion for firn. What can stand next is firn's own answer; where it has none, files are offered.
_firn() {
  local -a words=() candidates=()
  local i part glue= current candidate broken
  # The shell breaks words at '=' and ':': they are put together again, and lose their quotes.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    part=${COMP_WORDS[i]//[\\\"\']/}
    if ((${#words[@]})) && [[ -n $glue || $part == [=:]* ]]; then
      words[-1]+=$part
    else
      words+=("$part")
    fi
    [[ $part == *[=:] ]] && glue=yes || glue=
  done
  current=${words[-1]}
  mapfile -t candidates < <("${COMP_WORDS[0]}" complete -- "${words[@]}" 2>/dev/null)
  # What stands behind the last break is all that the shell replaces.
  broken=${current%"${current##*[=:]}"}
  COMPREPLY=()
  for candidate in "${candidates[@]}"; do
    candidate=${candidate#"$broken"}
    [[ $candidate == *= ]] && compopt -o nospace
    [[ $candidate == *[[:space:]]* ]] && printf -v candidate %q "$candidate"
    COMPREPLY+=("$candidate")
  done
  ((${#COMPREPLY[@]})) || compopt -o default
}
complete -F _firn firn
