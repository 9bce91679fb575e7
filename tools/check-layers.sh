#!/usr/bin/env bash
# The dependency rules of docs/architecture.md, checked in what the sources include and in what
# their objects call.
#   check-layers.sh [TREE [BUILD]]      without BUILD only the includes are looked at
# The core is pure: <stdio.h> is allowed for snprintf(), but no symbol that reads a clock, opens a
# socket or writes to a stream.
set -u
tree=${1-.} build=${2-}
violations=0
violation() { echo "check-layers: $*" >&2; violations=$((violations + 1)); }

# The C library without I/O, the kernel's UAPI headers, libmnl's in-memory parsing, link-type
# numbers.
pure_headers='^(assert|ctype|endian|errno|inttypes|limits|stdalign|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|strings)\.h$'
pure_headers+='|^(arpa/inet|netinet/[a-z0-9_]+|sys/mman|sys/socket|sys/types|pcap/dlt|libmnl/libmnl)\.h$|^linux/[a-z0-9_/]+\.h$'
pure_symbols='^(mem[a-z]+|str[a-z]+|__(mem|str|stp)[a-z]+_chk|stpcpy|malloc|calloc|realloc|aligned_alloc|reallocarray|free|madvise|qsort(_r)?|bsearch|abs|labs'
pure_symbols+='|v?snprintf|__v?snprintf_chk|v?asprintf|__v?asprintf_chk|inet_(ntop|pton)|(hton|ntoh)[sl]|__ctype_[a-z_]+|tolower|toupper'
pure_symbols+='|__isoc(99|23)_(sscanf|strto[a-z]+)|__errno_location|__assert_fail|abort|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_'
pure_symbols+='|mnl_attr_[a-z0-9_]+|mnl_nlmsg_(ok|next|size|get_payload[a-z_]*|put_header|put_extra_header|batch_[a-z_]+)'
pure_symbols+='|__(asan|ubsan|sanitizer|gcov|llvm)_.*)$'

# FILE...: a line for each header they include, "FILE<tab>HEADER"; <x.h> comes with its angle bracket
includes() {
	awk '/^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]/ {
		file = FILENAME; sub(/^[^<"]*/, ""); mark = substr($0, 1, 1)
		header = substr($0, 2); sub(/[">].*/, "", header); print file "\t" mark header }' "$@"
}

# The rooms of the core, each of which may include the private headers of those before it only.
rooms='util tcp packet sockdiag evidence report'
room_may_know() {       # file, the room of the header
	local room=${1#"$tree"/src/} before
	room=${room%%/*}
	before=" ${rooms%%"$room"*}"
	[[ " $rooms " == *" $room "* && $before == *" $2 "* ]]
}

check_include() {       # layer, file, header
	local layer=$1 file=$2 header=$3 name=${3:1}
	case $layer,$header in
	*,\"*..*) violation "$file includes $name: name the header from include/, or keep it in one folder" ;;
	labs,*tcpstate/*) violation "$file includes $name: a lab knows nothing of include/ and src/" ;;
	core,*tcpstate/source.h | core,*tcpstate/library.h | core,*tcpstate/libarchive.h | core,*tcpstate/libpcap.h | core,*tcpstate/feed.h | core,*tcpstate/sink.h | core,*tcpstate/prose*.h) violation "$file includes $name: the core knows no source, sink or sentence" ;;
	source,*tcpstate/sink.h | source,*tcpstate/prose*.h) violation "$file includes $name: a source knows only the core" ;;
	sink,*tcpstate/source.h | sink,*tcpstate/feed.h) violation "$file includes $name: a sink knows only the core and the prose" ;;
	prose,*tcpstate/source.h | prose,*tcpstate/feed.h | prose,*tcpstate/sink.h) violation "$file includes $name: prose knows only the core" ;;
	core,\<*) [[ $name =~ $pure_headers ]] || violation "$file includes <$name>: not among the headers of a pure core" ;;
	esac
	if [[ $header == \"* && $name != tcpstate/* && ! -e ${file%/*}/$name ]]; then
		if [[ $name == */* && -e $tree/src/$name ]]; then
			room_may_know "$file" "${name%%/*}" || violation "$file includes $name: its room may not know that one"
		else
			violation "$file includes $name, which is neither in its folder nor in src/"
		fi
	fi
}

# Files of src that call each other in a circle: among what is left when those are taken away, again
# and again, that call none of the others or that none of the others calls. In src/packet there is one: a
# packet lies within a packet.
circles() {
	awk -v build="$build/" '
		{ file = $1; sub(/:[0-9a-f]*$/, "", file); sub(/\.o:?$/, ".c", file); file = substr(file, length(build) + 1) }
		file !~ /^src\// || file ~ /^src\/packet\// { next }
		$(NF - 1) == "U" { wants[file " " $NF]; next }
		{ home[$NF] = file }
		END {
			for (want in wants) { split(want, part, " "); to = home[part[2]]; if (to != "" && to != part[1]) edge[part[1] " " to] }
			do { removed = 0
				delete calls; delete called
				for (e in edge) { split(e, part, " "); calls[part[1]]; called[part[2]] }
				for (e in edge) { split(e, part, " "); if (!(part[2] in calls) || !(part[1] in called)) { delete edge[e]; removed = 1 } }
			} while (removed)
			for (e in edge) {
				split(e, part, " "); delete found; found[part[2]]
				do { more = 0
					for (other in edge) { split(other, at, " "); if (at[1] in found && !(at[2] in found)) { found[at[2]]; more = 1 } }
				} while (more)
				if (part[1] in found) print part[1] " calls " part[2] ", and is called by it, directly or through others"
			}
		}' | sort
}

symbols=$(mktemp) || exit 1
trap 'rm -f "$symbols"' EXIT
shopt -s nullglob
files=("$tree"/src/*/*.[ch] "$tree"/include/tcpstate/*.h "$tree"/labs/{,plain/}*.[ch])
declare -A layers
for file in "${files[@]}"; do
	case $file in
	"$tree"/src/util/* | "$tree"/src/tcp/* | "$tree"/src/packet/* | "$tree"/src/sockdiag/* | "$tree"/src/evidence/* | "$tree"/src/report/*) layers[$file]=core ;;
	"$tree"/src/source/*) layers[$file]=source ;;
	"$tree"/src/sink/*) layers[$file]=sink ;;
	"$tree"/src/prose/*) layers[$file]=prose ;;
	"$tree"/src/*) violation "$file: no rule for this folder; give it one here and in docs/architecture.md" ;;
	*/include/tcpstate/source.h | */include/tcpstate/libarchive.h | */include/tcpstate/libpcap.h | */include/tcpstate/sink.h | */include/tcpstate/prose*.h) ;;
	"$tree"/include/*) layers[$file]=core ;;
	*) layers[$file]=labs ;;
	esac
done
while IFS=$'\t' read -r file header; do
	[ -z "${layers[$file]-}" ] || check_include "${layers[$file]}" "$file" "$header"
done < <([ ${#files[@]} = 0 ] || includes "${files[@]}")
[ ${#files[@]} -gt 0 ] || violation "$tree: no source file found"

if [ -n "$build" ]; then
	objects=()
	for object in "$build"/{src/*,tools/tcpstate}/*.o; do   # an object whose source is gone is not linked either
		source=${object#"$build"/}
		[ ! -e "$tree/${source%.o}.c" ] || objects+=("$object")
	done
	[ ${#objects[@]} -gt 0 ] || violation "$build: no object file found; run make"
	while read -r problem; do violation "$problem"; done < <(
		nm -A -g "${objects[@]}" >"$symbols"
		circles <"$symbols"
		awk -v pure="$pure_symbols" -v build="$build/" '
		{ file = $1; sub(/:[0-9a-f]*$/, "", file); sub(/\.o:?$/, ".c", file); file = substr(file, length(build) + 1)
		  layer = file ~ /^tools/ ? "tools" : file; sub(/^src\//, "", layer); sub(/\/.*/, "", layer)
		  if (layer ~ /^(tcp|packet|sockdiag|evidence|report)$/) layer = "core"
		  symbol = $NF; undefined = $(NF - 1) == "U" || $(NF - 1) == "w" }
		!undefined { home[symbol] = layer; next }
		{ calls[file " " symbol] = layer }
		END {
			split("core:source sink prose tools|util:source sink prose tools|source:sink prose tools|sink:source tools|prose:source sink tools", rules, "|")
			for (r in rules) { split(rules[r], rule, ":"); n = split(rule[2], others, " "); for (i = 1; i <= n; i++) forbidden[rule[1], others[i]] = 1 }
			for (call in calls) {
				split(call, part, " "); from = calls[call]; to = home[part[2]]
				if (to != "" && (from, to) in forbidden) print part[1] " uses " part[2] "(), which belongs to the layer " to
				else if (to == "" && (from == "core" || from == "util") && part[2] !~ pure) print part[1] " uses " part[2] "(): not pure memory work"
			}
		}' "$symbols" | sort)
fi

[ "$violations" -eq 0 ] || exit 1
echo "check-layers: ${#files[@]} files${build:+ and ${#objects[@]} objects} keep to their layers"
