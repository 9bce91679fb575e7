#!/usr/bin/env bash
# pack makes one file of a recording and its report; report reads it as it reads the directory;
# archives that mean harm are refused or do none.
set -u
cd "$TMP" || exit 1
check() { if eval "$2"; then echo "ok - $1"; else echo "not ok - $1"; cat err; fi; }
top=$OLDPWD
mkdir run run/client
cp "$top"/tests/golden/recordings/full-queue/* run/
cp "$top"/tests/golden/recordings/full-queue/* run/client/
report() { "$TCPSTATE" report "$@" 2>err; }
same() { cmp <(report --format jsonl run) <(report --format jsonl "$1" | sed "s,\"$1,\"run,g"); }

for file in run.tar.zst run.zip; do
	"$TCPSTATE" pack run -o "$file" >out 2>err
	check "$file is made" '[ -s $file ] && grep -q "$file" out'
	check "its report is that of the directory ($file)" 'same $file'
done
check "the page is in it" 'tar -xOf run.tar.zst --use-compress-program="zstd -d" run/report.html 2>/dev/null | grep -q "<html" || ! command -v zstd >/dev/null'
rm run.tar.zst; "$TCPSTATE" pack run >out 2>err
check "without a name it is called as the directory" '[ -s run.tar.zst ] && [ "$(ls run.*)" = "run.tar.zst
run.zip" ]'

cp -r run 实验
for locale in C C.UTF-8; do
	for file in 实验.tar.zst 实验.zip; do
		LC_ALL=$locale "$TCPSTATE" pack 实验 -o "$file" >out 2>err
		check "a name in another script is packed ($file, locale $locale)" '[ -s "$file" ]'
		check "and read ($file, locale $locale)" 'LC_ALL=$locale report --summary "$file" >out'
		rm -f "$file"
	done
done
tar -cf 实验.tar 实验
check "so is an archive that somebody else made of it" 'LC_ALL=C report --summary 实验.tar >out'
cp -r run $'odd\xff'
"$TCPSTATE" pack $'odd\xff' -o odd.tar.zst >out 2>err
check "and one whose name is not UTF-8" 'report --summary odd.tar.zst >out'

"$TCPSTATE" pack no-such -o x.zip >out 2>err; status=$?
check "a directory that is not there is named" '[ $status = 1 ] && grep -q no-such err && [ ! -e x.zip ]'
mkdir empty; "$TCPSTATE" pack empty -o x.zip >out 2>err; status=$?
check "one without a recording is refused, and nothing is left" '[ $status = 1 ] && [ -z "$(ls x.zip* 2>/dev/null)" ]'

# ---- archives of strangers ----
refused() { report "$1" >out; status=$?; [ $status = 1 ] && grep -q "$2" err; }
head -c 3000 run.tar.zst >cut.tar.zst
check "one that is cut off is refused" 'refused cut.tar.zst "cut.tar.zst: not an archive that can be read"'
{ printf '\050\265\057\375'; head -c 4000 /dev/urandom; } >noise.tar.zst
check "noise is refused" 'refused noise.tar.zst noise.tar.zst'
mkdir other; echo hello >other/file; tar -cf other.tar other
check "one without a recording is refused" 'refused other.tar "holds no recording"'

mkdir -p outside/a && cp run/*.pcap run/facts.jsonl outside/a
tar -cPf climbing.tar --transform 's,^outside/a,../../../../../../../../../..'"$PWD"'/escaped,' outside/a
report --summary climbing.tar >out; status=$?
check "paths that climb lead nowhere: nothing is written" '[ $status = 0 ] && [ ! -e escaped ]'
mkdir links && ln -s "$PWD/run/wire.pcap" links/wire.pcap && ln -s /etc/passwd links/facts.jsonl && tar -cf links.tar links
check "links are no files of it" 'refused links.tar "holds no recording"'
mkdir hard && cp run/wire.pcap hard/other && ln hard/other hard/wire.pcap && tar -cf hard.tar hard/other hard/wire.pcap
check "nor are hard links" 'refused hard.tar "holds no recording"'
mkdir pipe && mkfifo pipe/wire.pcap && tar -cf pipe.tar pipe
check "nor pipes" 'refused pipe.tar "holds no recording"'
tar -cf twice.tar run/wire.pcap && tar -rf twice.tar run/wire.pcap
check "two files of one name are refused" 'refused twice.tar "two files of one name"'
mkdir many && for i in $(seq 70); do mkdir many/$i && : >many/$i/facts.jsonl; done && tar -cf many.tar many
check "so are more recordings than anybody packs" 'refused many.tar "more than 64 recordings"'
for i in $(seq 5000); do echo "crowd/$i"; done >names; mkdir crowd; xargs touch <names; tar -cf crowd.tar crowd
check "and more files" 'refused crowd.tar "more than 4096 files"'
mkdir bomb && truncate -s 300M bomb/wire.pcap && head -c 50M /dev/zero | gzip -1 >zeros.gz
{ tar -cf - bomb/wire.pcap 2>/dev/null | head -c 512 | gzip; for _ in $(seq 6); do cat zeros.gz; done; } >bomb.tgz
check "a bomb is not unpacked" 'refused bomb.tgz "more than 256 MiB"'
