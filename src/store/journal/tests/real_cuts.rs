//! The power goes while another process appends, on a real ext4: a loop device whose file system is shut down without
//! writing anything more (`EXT4_IOC_SHUTDOWN`), then mounted again. Only root may do that.
//!
//! Milder than a real cut, because the disk's own cache survives; but file system and system calls are the real ones.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::*;

/// Tells the child where to append.
const FOLDER: &str = "SEGUE_JOURNAL_FOLDER";
/// Drops what is not on the disk, the file system's own journal too. There is no such call in std.
const SHUT_DOWN: &str = "import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";
const ROUNDS: u64 = 20;
const BATCH: u64 = 32;

fn entry(number: u64) -> Vec<u8> {
    number.to_le_bytes().repeat(37)
}

fn open(folder: &Path) -> Journal {
    let options = JournalOptions { segment_bytes: 512 << 10, ..JournalOptions::default() };
    Journal::open(Arc::new(Folder::open(&folder.join("events")).unwrap()), options).unwrap()
}

#[test]
#[ignore = "slow suite: the child of the test below"]
fn appends_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut journal = open(Path::new(&folder));
    loop {
        let first = journal.end().entry + 1;
        let entries: Vec<_> = (first..first + BATCH).map(entry).collect();
        let end = journal.append(&entries).unwrap();
        println!("\nkept {}", end.entry);
        if end.sequence.is_multiple_of(300) {
            journal.drop_before(end).unwrap();
        }
    }
}

/// A file with an ext4 in it, mounted.
struct Mounted {
    image: PathBuf,
    at: PathBuf,
}

impl Mounted {
    fn run(program: &str, arguments: &[&Path]) -> Result<(), String> {
        let output = Command::new(program).args(arguments).output().map_err(|cause| format!("{program}: {cause}"))?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }

    fn mount(&self) -> Result<(), String> {
        Self::run("mount", &[Path::new("-oloop"), &self.image, &self.at])
    }

    fn make(folder: &Path) -> Result<Self, String> {
        let mounted = Self { image: folder.join("image"), at: folder.join("mounted") };
        std::fs::create_dir(&mounted.at).unwrap();
        std::fs::File::create(&mounted.image).unwrap().set_len(64 << 20).unwrap();
        Self::run("mkfs.ext4", &[Path::new("-q"), &mounted.image])?;
        mounted.mount()?;
        Ok(mounted)
    }

    fn cut_power(&self) {
        Self::run("python3", &[Path::new("-c"), Path::new(SHUT_DOWN), &self.at]).unwrap();
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        drop(Self::run("umount", &[&self.at]));
    }
}

fn start(folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let name = "store::journal::tests::real_cuts::appends_until_it_is_killed";
    command.args([name, "--exact", "--ignored", "--nocapture"]).env(FOLDER, folder);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
#[ignore = "slow suite: 20 power cuts on a real ext4"]
fn power_cuts_on_a_real_file_system_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mounted = match Mounted::make(dir.path()) {
        Ok(mounted) => mounted,
        Err(why) => return eprintln!("skipped: no ext4 can be mounted here: {why}"),
    };
    let mut kept = 0;
    for round in 0..ROUNDS {
        let mut child = start(&mounted.at);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let told = lines.filter_map(|line| line.strip_prefix("kept ").map(|number| number.parse().unwrap()));
        // What was read before the power went counts.
        kept = told.take(20 + (round as usize * 97) % 400).last().unwrap_or(kept);
        mounted.cut_power();
        child.kill().unwrap();
        child.wait().unwrap();
        Mounted::run("umount", &[&mounted.at]).unwrap();
        mounted.mount().unwrap();
        let journal = open(&mounted.at);
        let end = journal.end().entry;
        assert!(end >= kept && end.is_multiple_of(BATCH), "round {round}: {kept} were kept, {end} are there");
        let wanted = (journal.start().entry + 1..=end).map(|number| (number, entry(number)));
        assert!(read_from(&journal, journal.start()).into_iter().eq(wanted), "round {round}");
    }
    assert!(kept > ROUNDS * BATCH * 20);
}
