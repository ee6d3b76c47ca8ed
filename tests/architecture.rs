//! The map in `src/lib.rs` is true: arrows between rooms point up, outside crates stay in their rooms.
#![cfg(test)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::Regex;

/// File names that say nothing: a homeless function shows that a noun is missing.
const HOMELESS: [&str; 6] = ["utils", "common", "misc", "types", "manager", "service"];

/// The table of rooms at the top of `src/lib.rs`.
struct Map {
    /// In order; a room uses only those before it.
    rooms: Vec<String>,
    /// Outside crate -> where it lives.
    homes: BTreeMap<String, Home>,
}

/// The only place that may name an outside crate.
struct Home {
    /// A folder inside `src`, or a file without its ending.
    path: String,
    /// Finds the crate or a companion of it (`pest_derive`, `clap_complete`) in a line of code.
    named: Regex,
}

impl Map {
    fn read(lib: &str) -> Self {
        let row = Regex::new(r"^//! \| `(\w+)` \|[^|]*\|([^|]*)\|$").unwrap();
        let outside = Regex::new(r"([\w-]+)(?: \(in `([\w/]+)` alone\))?").unwrap();
        let mut map = Self { rooms: Vec::new(), homes: BTreeMap::new() };
        for found in lib.lines().filter_map(|line| row.captures(line)) {
            for name in outside.captures_iter(&found[2]) {
                let path = name.get(2).map_or(&found[1], |home| home.as_str()).to_owned();
                let outside = name[1].replace('-', "_");
                let named = Regex::new(&format!(r"(^|[^\w:])(::)?{outside}(_\w+)?(::|;| as )")).unwrap();
                map.homes.insert(outside, Home { path, named });
            }
            map.rooms.push(found[1].to_owned());
        }
        map
    }

    fn place(&self, room: &str) -> Option<usize> {
        self.rooms.iter().position(|known| known == room)
    }

    /// What is wrong with one file, as `path:line: why`. `path` is inside `src`.
    fn faults(&self, path: &str, text: &str) -> Vec<String> {
        let mut faults = Vec::new();
        let mut uses = Uses::new();
        for (index, line) in text.lines().enumerate() {
            let code = if line.trim_start().starts_with("//") { "" } else { line };
            for room in uses.rooms(path, code) {
                if let Some(why) = self.wrong_arrow(path, &room) {
                    faults.push(format!("{path}:{}: {why}", index + 1));
                }
            }
            for (outside, home) in &self.homes {
                if !is_inside(path, &home.path) && home.named.is_match(code) {
                    faults.push(format!("{path}:{}: `{outside}` is used in {} only", index + 1, home.path));
                }
            }
        }
        faults
    }

    /// Why a file may not use a name of the crate's root, if it may not.
    fn wrong_arrow(&self, path: &str, used: &str) -> Option<String> {
        let own = path.split(['/', '.']).next().unwrap();
        let own_place = self.place(own)?;
        match self.place(used) {
            Some(place) if place <= own_place => None,
            Some(_) => Some(format!("`{own}` must not use `{used}`, which stands below it")),
            None => Some(format!("`{used}` is no room of the map")),
        }
    }
}

/// Collects the names of the crate's root that code uses, also from `use crate::{..}` groups over several lines.
struct Uses {
    /// `crate::room`
    single: Regex,
    /// `super::super::room`
    upward: Regex,
    /// Inside a `use crate::{` group: how many braces are open.
    open: usize,
}

impl Uses {
    fn new() -> Self {
        let upward = Regex::new(r"\b((?:super::)+)(\w+)").unwrap();
        Self { single: Regex::new(r"\bcrate::(\w+)").unwrap(), upward, open: 0 }
    }

    fn rooms(&mut self, path: &str, code: &str) -> Vec<String> {
        let mut rooms: Vec<String> = self.single.captures_iter(code).map(|found| found[1].to_owned()).collect();
        // `super` often enough to leave the room is `crate` by another name.
        let depth = path.split('/').filter(|part| *part != "mod.rs").count();
        let leaves = |found: &regex::Captures<'_>| found[1].matches("super").count() >= depth && &found[2] != "super";
        rooms.extend(self.upward.captures_iter(code).filter(leaves).map(|found| found[2].to_owned()));
        let group = if self.open > 0 { Some(code) } else { code.split_once("crate::{").map(|(_, group)| group) };
        if let Some(group) = group {
            self.open = self.open.max(1);
            rooms.extend(self.group(group));
        }
        rooms
    }

    /// The first names of a group's entries; stops behind its closing brace.
    fn group(&mut self, text: &str) -> Vec<String> {
        let mut names = vec![String::new()];
        let mut in_path = false;
        for letter in text.chars() {
            match letter {
                '{' => self.open += 1,
                '}' => self.open -= 1,
                ',' if self.open == 1 => (names.push(String::new()), in_path = false).1,
                ':' => in_path = true,
                letter if self.open == 1 && !in_path && !letter.is_whitespace() => {
                    names.last_mut().unwrap().push(letter);
                }
                _ => {}
            }
            if self.open == 0 {
                break;
            }
        }
        names.retain(|name| !name.is_empty() && name != "self");
        names
    }
}

fn is_inside(path: &str, home: &str) -> bool {
    path.strip_prefix(home).is_some_and(|rest| rest.starts_with(['/', '.']))
}

/// Every Rust file of `src` by its path inside it.
fn sources() -> BTreeMap<String, String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"), text)
        })
        .collect()
}

fn map() -> Map {
    Map::read(&sources()["lib.rs"])
}

#[test]
fn arrows_point_up_and_outside_crates_stay_in_their_rooms() {
    let map = map();
    let faults: Vec<String> = sources()
        .iter()
        .filter(|(path, _)| *path != "lib.rs")
        .flat_map(|(path, text)| map.faults(path, text))
        .collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_folder_is_a_room_of_the_map() {
    let map = map();
    for path in sources().keys().filter(|path| path.contains('/')) {
        let folder = path.split('/').next().unwrap();
        assert!(map.place(folder).is_some(), "src/{folder} is missing in the map of src/lib.rs");
    }
    let loose: Vec<_> = sources().into_keys().filter(|path| !path.contains('/')).collect();
    assert_eq!(loose, ["lib.rs", "main.rs"]);
}

#[test]
fn the_map_names_dependencies_that_exist() {
    let manifest = include_str!("../Cargo.toml").parse::<toml::Table>().unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap();
    let map = map();
    assert!(map.rooms.len() > 8 && map.homes.len() > 10, "the table of src/lib.rs could not be read");
    for outside in map.homes.keys() {
        assert!(
            dependencies.contains_key(&outside.replace('_', "-")) || dependencies.contains_key(outside),
            "{outside}"
        );
    }
}

#[test]
fn one_function_commits_to_sled() {
    let flushes: Vec<String> = sources()
        .into_iter()
        .filter(|(path, _)| path.starts_with("store/"))
        .flat_map(|(path, text)| {
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let calls = lines.filter(|line| line.contains(".flush()") || line.contains(".flush_async()"));
            calls.map(|line| format!("{path}: {}", line.trim())).collect::<Vec<_>>()
        })
        .collect();
    assert!(flushes.len() <= 1, "flush is called by the one commit function alone:\n{}", flushes.join("\n"));
}

#[test]
fn no_file_is_called_after_nothing() {
    for path in sources().keys() {
        let homeless = path.split(['/', '.']).find(|part| HOMELESS.contains(part));
        assert_eq!(homeless, None, "src/{path}");
    }
}

#[test]
fn a_wrong_arrow_is_found_however_it_is_written() {
    let lib = "//! | `upper` | a | pest (in `upper/parse` alone) |\n//! | `lower` | b | actix-web |\n";
    let map = Map::read(lib);
    let faults = |path: &str, text: &str| map.faults(path, text).len();
    assert_eq!(faults("lower/mod.rs", "use crate::upper::Thing;\nuse actix_web::App;"), 0);
    assert_eq!(faults("upper/mod.rs", "use crate::lower::Thing;"), 1);
    assert_eq!(faults("upper/a.rs", "fn f() -> crate::lower::Thing {}"), 1);
    assert_eq!(faults("upper/a.rs", "use crate::{\n    upper::{A, B},\n    lower,\n};"), 1);
    assert_eq!(faults("upper/mod.rs", "use super::lower::Thing;"), 1);
    assert_eq!(faults("upper/a.rs", "use super::super::lower;"), 1);
    assert_eq!(faults("upper/a.rs", "use super::lower;"), 0);
    assert_eq!(faults("upper/a.rs", "use crate::elsewhere::Thing;"), 1);
    assert_eq!(faults("upper/a.rs", "// see crate::lower::Thing"), 0);
    assert_eq!(faults("upper/mod.rs", "use actix_web::App;"), 1);
    assert_eq!(faults("lower/mod.rs", "use pest::Parser;\nuse pest_derive::Parser;"), 2);
    assert_eq!(faults("upper/parse.rs", "use pest::Parser;"), 0);
    assert_eq!(faults("upper/parser.rs", "use pest::Parser;"), 1);
}
