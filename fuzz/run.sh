#!/usr/bin/env bash
# Fuzzes each target in turn: `fuzz/run.sh [SECONDS] [TARGET]…`, 600 seconds and all targets where nothing is said.
# Needs `cargo install cargo-fuzz` and a nightly compiler. What is found lies in fuzz/artifacts/TARGET; made small with
# `cargo +nightly fuzz tmin -s none TARGET FILE`, it goes to fuzz/regressions/TARGET, and its cause is mended.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-600}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(feed repair html dates config query opml text)
[ -d fuzz/corpus ] || python3 fuzz/seeds.py
# Nothing here or in what it calls is unsafe code of ours, so that the checks of overflows and assertions find more in
# the same time than the address sanitizer would, which makes everything half as fast.
cargo +nightly fuzz build -s none
failed=0
for target in "${targets[@]}"; do
  mkdir -p "fuzz/corpus/$target"
  echo "== $target: $seconds s"
  # Five seconds on one input of 64 KiB at most is far beyond what any document may cost.
  cargo +nightly fuzz run -s none "$target" -- -max_total_time="$seconds" -timeout=5 -max_len=65536 -rss_limit_mb=1024 \
    -print_final_stats=1 2>&1 | grep -vE '^#[0-9]+.(NEW|REDUCE|RELOAD|pulse)' || failed=1
done
exit $failed
