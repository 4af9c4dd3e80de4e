set -u
D="$1"
say() { printf '\n$ %s\n' "$*"; }
say "smtp-sink -v -u nobody -D sinkdir/mail. 127.0.0.1:2525 20 &"
smtp-sink -u nobody -d sinkdir/mail. 127.0.0.1:2525 20 2>/dev/null & SINK=$!
say "node press.js &      # telegram-test-api 4.2.1 on 127.0.0.1:9100, presses the first button it sees"
node press.js > tta.log 2>&1 & TTA=$!
sleep 2
say "dondoc run &"
$D run > run.log 2>&1 & RUN=$!
for i in $(seq 100); do grep -q ready run.log && break; sleep 0.1; done
say "dondoc import facts.toml     # at $(date -u +%H:%M:%S.%3N)"
$D import facts.toml
for i in $(seq 100); do [ -n "$(ls sinkdir)" ] && grep -q BOT tta.log && break; sleep 0.05; done
sleep 2
say "ls sinkdir | wc -l; mail as accepted by smtp-sink"
ls sinkdir | wc -l; head -c 1500 sinkdir/* ; echo
say "cat tta.log"
cut -c1-900 tta.log
say "dondoc status --json"; $D status --json
say "kill -TERM daemon; dondoc run &     # restart: nothing more arrives"
kill $RUN; wait $RUN; $D run >> run.log 2>&1 & RUN=$!
sleep 8
say "ls sinkdir | wc -l; grep -c BOT tta.log"
ls sinkdir | wc -l; grep -c BOT tta.log
say "kill -9 daemon; dondoc run &"
kill -9 $RUN; wait $RUN 2>/dev/null; $D run >> run.log 2>&1 & RUN=$!
sleep 5
ls sinkdir | wc -l; grep -c BOT tta.log
kill $RUN; wait $RUN
kill $SINK $TTA 2>/dev/null
say "cat run.log"; cat run.log
say "dondoc show '12/UBND-VP#1.a@vp'"; $D show '12/UBND-VP#1.a@vp'
say "dondoc verify"; $D verify
