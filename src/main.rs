//! The `segue` command.

/// A server runs for months and allocates on many threads: what other threads freed is found again at once, however scattered it is.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    segue::cli::run()
}
