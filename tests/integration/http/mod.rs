//! The HTTP face of the real app on a free port.

mod decisions;
mod doors;
mod events;
mod experiments;
mod recent;
mod refusals;
mod releases;
mod saved_files;
mod shutdown;
