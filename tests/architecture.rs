//! The map in `src/lib.rs` is true: arrows between rooms point up, outside crates stay in their rooms.
#![cfg(test)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::{Captures, Regex};

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
            for room in uses.rooms(path, code, &self.rooms) {
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

    fn rooms(&mut self, path: &str, code: &str, known: &[String]) -> Vec<String> {
        let mut rooms: Vec<String> = self.single.captures_iter(code).map(|found| found[1].to_owned()).collect();
        // `super` often enough to leave the room is `crate` by another name. An inner `mod tests` takes one more, so
        // what is no room may still be a neighbour.
        let depth = path.split('/').filter(|part| *part != "mod.rs").count();
        let leaves = |found: &Captures<'_>| found[1].matches("super").count() >= depth;
        let upward = self.upward.captures_iter(code).filter(leaves).map(|found| found[2].to_owned());
        rooms.extend(upward.filter(|name| known.contains(name)));
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
                ',' if self.open == 1 => {
                    names.push(String::new());
                    in_path = false;
                }
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

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file of `src` by its path inside it.
fn sources() -> BTreeMap<String, String> {
    files(&root().join("src"))
}

/// Every Rust file of a folder by its path inside it.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder) {
        let path = entry.unwrap().into_path();
        if path.extension().is_some_and(|ending| ending == "rs") {
            let inside = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
            files.insert(inside, std::fs::read_to_string(&path).unwrap());
        }
    }
    files
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
fn the_folders_are_the_rooms_of_the_map() {
    let mut rooms = map().rooms;
    rooms.sort();
    let (folders, loose): (Vec<String>, Vec<String>) = sources().into_keys().partition(|path| path.contains('/'));
    let mut folders: Vec<_> = folders.iter().map(|path| path.split('/').next().unwrap()).collect();
    folders.dedup();
    assert_eq!(folders, rooms);
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
fn one_function_makes_sled_durable() {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let flushes = |text: &str| text.lines().filter(is_code).filter(|line| line.contains(".flush")).count();
    let flushing: Vec<(String, usize)> = sources()
        .into_iter()
        .filter(|(path, text)| path.starts_with("store/") && text.contains("sled::"))
        .map(|(path, text)| (path, flushes(&text)))
        .filter(|(_, count)| *count > 0)
        .collect();
    assert_eq!(flushing, [("store/sled_table.rs".to_owned(), 1)]);
}

#[test]
fn no_file_is_called_after_nothing() {
    for path in files(&root().join("src")).keys().chain(files(&root().join("tests")).keys()) {
        let homeless = path.split(['/', '.']).find(|part| HOMELESS.contains(part));
        assert_eq!(homeless, None, "{path}");
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
    assert_eq!(faults("upper/mod.rs", "use super::Thing;"), 0);
    assert_eq!(faults("upper/a.rs", "use crate::elsewhere::Thing;"), 1);
    assert_eq!(faults("upper/a.rs", "// see crate::lower::Thing"), 0);
    assert_eq!(faults("upper/mod.rs", "use actix_web::App;"), 1);
    assert_eq!(faults("lower/mod.rs", "use pest::Parser;\nuse pest_derive::Parser;"), 2);
    assert_eq!(faults("upper/parse.rs", "use pest::Parser;"), 0);
    assert_eq!(faults("upper/parser.rs", "use pest::Parser;"), 1);
}
