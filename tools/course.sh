#!/usr/bin/env bash
# The course on paper, in English and Chinese: tools/course.sh FOLDER
# It writes course.en.pdf (the handouts, without their answers), answers.en.pdf (each exercise with
# its answer) and projector.en.pdf (question, commands and what to look at, large), the same in zh.
# pandoc makes the pages; Chromium prints them. Without Chromium the pages stay, for any browser.
set -eu
cd "$(dirname "$0")/.."
[ $# = 1 ] || { sed -n 's/^#.*\(tools\/course.sh FOLDER\)$/usage: \1/p' "$0" >&2; exit 2; }
command -v pandoc >/dev/null || { echo 'tools/course.sh: needs pandoc: apt-get install pandoc' >&2; exit 1; }
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || command -v google-chrome-stable || :)
mkdir -p "$1"
out=$(cd "$1" && pwd) work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=()
[ "$(id -u)" != 0 ] || root=(--no-sandbox)

# The handouts in the order of the course: as README.md names them.
handouts() { grep -oE '\]\([a-z-]+\.md\)' docs/labs/README.md | tr -d '()]' | awk '!seen[$0]++'; }
# The part of a handout that a print holds, without what is about the files alone. Sections are told by their number, so that both
# languages have the same: the first three are the question, the prediction and what to type.
course() {
	awk '/^<details>/ { skip = 1 }
		/^## / { of_the_files = /^## (How these pages are kept true|这些页面的真实性)$/ }
		!skip && !of_the_files { print }
		/^<\/details>/ { skip = 0 }' "$1"
}
answers() {
	awk '
		/^# / { title = $0 }
		/^## / { on = /^## (Exercises|练习)$/; if (on) { print title; print ""; next } }
		on && !/^<\/?details>/ { sub(/^<summary>.*/, ""); sub(/^<details>.*/, ""); print }' "$1"
}
# What the class looks at while it is done: no output, which the machine itself shows. A command
# may go on in lines that begin with "> "; what is no console (a diff) is shown as it is.
projector() {
	awk '
		function flush() { if (block != "") printf "```\n%s```\n\n", block; block = "" }
		/^# / { print; print "" }
		/^## / { flush(); part = $0; on = /^## (The question|问题|Predict|先预测|Type|输入|Look at|观察要点)$/; if (on) { print; print "" } next }
		/^```/ { code = !code; if (code) { shown = !/^```console/; typed = 0 } else if (on) flush(); next }
		on && code { typed = shown || /^[a-z]*\$ / || /^[a-z]+> / || (typed && /^>/); if (typed) block = block $0 "\n"; next }
		on { print }' "$1"
}

style() {
	cat <<'CSS'
<style>
@page { size: A4; margin: 15mm }
body { font: 10.5pt/1.4 "DejaVu Sans", "Noto Sans CJK SC", sans-serif; width: 180mm; margin: 0 auto; color: #111 }
h1 { font-size: 17pt; break-before: page; margin: 0 0 3mm } h2 { font-size: 12.5pt; margin: 5mm 0 1.5mm; break-after: avoid }
section:first-of-type h1 { break-before: auto } a { color: inherit; text-decoration: none }
pre, code { font-family: "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace; font-size: 8.5pt }
pre { background: #f4f4f4; padding: 1.5mm 2mm; line-height: 1.25; overflow: hidden }
table { border-collapse: collapse; width: 100%; margin: 2mm 0; break-inside: avoid }
th, td { border: .3mm solid #999; padding: 1.2mm 2mm; text-align: left; vertical-align: top }
td:empty { height: 7mm } li { margin: .8mm 0 }
CSS
	[ "$1" != answers ] || echo 'h1 { break-before: auto; margin-top: 8mm; break-after: avoid }'
	[ "$1" != projector ] || cat <<'CSS'
@page { size: 297mm 167mm; margin: 8mm 12mm }
body { font-size: 16pt; width: 273mm } h1 { font-size: 25pt } h2 { font-size: 18pt; color: #555 }
pre, code { font-size: 14pt }
CSS
	echo '</style>'
}
# A listing that is wider than the page gets smaller letters: nothing is cut.
fit='<script>
for (const pre of document.querySelectorAll("pre")) {
  let size = parseFloat(getComputedStyle(pre).fontSize);
  const inner = pre.firstElementChild || pre;
  while (pre.scrollWidth > pre.clientWidth + 1 && size > 4) inner.style.fontSize = pre.style.fontSize = (size -= 0.25) + "px";
}
</script>'

page() {        # KIND LANGUAGE: the page, from all handouts
	local file title=tcpstate
	printf '<!doctype html><html lang="%s"><meta charset="utf-8"><title>%s</title>' "$2" "$title"
	style "$1"
	for file in $([ "$1" = course ] && echo README.md) $(handouts); do
		[ "$2" = en ] || file=${file%.md}.zh.md
		[ -e "docs/labs/$file" ] || continue
		"$1" "docs/labs/$file" >"$work/part.md"
		[ -s "$work/part.md" ] || continue
		echo '<section>'
		pandoc -f gfm -t html "$work/part.md"
		echo '</section>'
	done
	echo "$fit</html>"
}

for language in en zh; do
	for kind in course answers projector; do
		name=$kind.$language
		page $kind $language >"$out/$name.html"
		if [ -z "$browser" ]; then echo "$out/$name.html"; continue; fi
		timeout 120 "$browser" --headless --disable-gpu --no-pdf-header-footer "${root[@]}" --user-data-dir="$work/profile" \
			--print-to-pdf="$out/$name.pdf" "file://$out/$name.html" 2>/dev/null || :
		[ -s "$out/$name.pdf" ] || { echo "tools/course.sh: Chromium could not print $out/$name.html" >&2; exit 1; }
		rm "$out/$name.html"
		echo "$out/$name.pdf"
	done
done
[ "$browser" ] || echo 'tools/course.sh: no Chromium here (apt-get install chromium): these pages can be printed by any browser' >&2
