#!/usr/bin/env bash
# Starts the jar once and keeps its classes as they lie in the memory of this Java, with which tools/afterimage starts in less time:
#   tools/archive.sh JAVA_HOME
# Maven runs it behind the jar. Nothing needs the file, so no failure is one of the build.
cd "$(dirname "$0")/.." || exit 0
rm -f target/classes-*.jsa
new=$PWD/target/archive.$$
timeout -k 60 60 "$1/bin/java" -XX:ArchiveClassesAtExit="$new" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Djava.awt.headless=true \
  -jar "$PWD/target/afterimage.jar" serve --demo --port 0 > "$new.log" 2>&1 &
while kill -0 $! 2> /dev/null && ! grep -qs 'serving http' "$new.log"; do sleep 0.1; done
kill $! 2> /dev/null
wait $!
status=$?
# 143: ended by this signal, and not while it wrote. The name tells Java's version and the length, because a shorter file ends Java 17.
[ $status = 143 ] && [ -s "$new" ] && mv "$new" "target/classes-$(cksum < "$1/release" | cut -d ' ' -f 1)-$(wc -c < "$new").jsa"
rm -f "$new" "$new.log"
exit 0
