//! `feedwatch`: the arguments go in, the exit code comes out.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    feedwatch::cli::run(std::env::args_os())
}
