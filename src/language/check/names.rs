//! The segments and measures of all files, by name.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::Checker;
use crate::language::parse::{Outline, Part};
use crate::language::syntax::{Measure, Name, Segment};

/// What the rule files name.
pub(super) struct Names<'a> {
    pub segments: Table<'a, Segment>,
    pub measures: Table<'a, Measure>,
    /// Segments and measures that stand in a file but did not parse: they are not unknown.
    pub unreadable: HashSet<&'a str>,
}

/// A named item and the file it stands in.
pub(super) struct Named<'a, T> {
    pub file: usize,
    pub item: &'a T,
}

/// Copies, whatever the item.
impl<T> Clone for Named<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Named<'_, T> {}

/// Items by name. Their index is that in the checked program, which is in name order.
pub(super) struct Table<'a, T> {
    first: Vec<Named<'a, T>>,
    repeated: Vec<(usize, Named<'a, T>)>,
    index: HashMap<&'a str, usize>,
}

impl<'a, T> Table<'a, T> {
    fn new(mut all: Vec<Named<'a, T>>, name: impl Fn(&'a T) -> &'a Name) -> Self {
        // Stable: of two items with one name, the first in file and text order stays first.
        all.sort_by(|a, b| name(a.item).text.cmp(&name(b.item).text));
        let mut table = Self { first: Vec::new(), repeated: Vec::new(), index: HashMap::new() };
        for named in all {
            let text = name(named.item).text.as_str();
            if let Some(known) = table.index.get(text) {
                table.repeated.push((*known, named));
            } else {
                table.index.insert(text, table.first.len());
                table.first.push(named);
            }
        }
        table
    }

    pub fn len(&self) -> usize {
        self.first.len()
    }

    /// The first item of every name, in name order.
    pub fn iter(&self) -> impl Iterator<Item = Named<'a, T>> {
        self.first.iter().copied()
    }

    /// Items whose name was taken already, with the index of the one that took it; in name order.
    pub fn repeated(&self) -> impl Iterator<Item = (usize, Named<'a, T>)> {
        self.repeated.iter().copied()
    }

    pub fn get(&self, index: usize) -> Option<Named<'a, T>> {
        self.first.get(index).copied()
    }

    pub fn index(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }
}

impl<'a> Names<'a> {
    pub fn collect(files: &'a [Outline]) -> Self {
        let (mut segments, mut measures) = (Vec::new(), Vec::new());
        for (file, outline) in files.iter().enumerate() {
            for part in &outline.parts {
                match part {
                    Part::Segment(item) => segments.push(Named { file, item: &**item }),
                    Part::Measure(item) => measures.push(Named { file, item: &**item }),
                    Part::Slot(..) | Part::Rule(_) | Part::Lost(_) => {}
                }
            }
        }
        Self {
            segments: Table::new(segments, |segment: &Segment| &segment.name),
            measures: Table::new(measures, |measure: &Measure| &measure.name),
            unreadable: files.iter().flat_map(|file| &file.unreadable).map(String::as_str).collect(),
        }
    }
}

impl Checker<'_> {
    /// Reports names that are given twice, and measures that are called like an attribute.
    pub(super) fn repeated_names(&mut self) {
        let names = Rc::clone(&self.names);
        for (first, named) in names.segments.repeated() {
            let first = names.segments.get(first).map(|first| (first.file, &first.item.name));
            self.repeated_name("segment", first, (named.file, &named.item.name));
        }
        for (first, named) in names.measures.repeated() {
            let first = names.measures.get(first).map(|first| (first.file, &first.item.name));
            self.repeated_name("measure", first, (named.file, &named.item.name));
        }
        for named in names.measures.iter() {
            let name = &named.item.name;
            if self.nouns.schema.attributes.contains_key(name.text.as_str()) {
                self.file = named.file;
                let finding = self
                    .error("ambiguous-name", name.at.0, format!("`{}` is an attribute and a measure", name.text))
                    .label("rules/schema declares an attribute of this name")
                    .help(format!("give the measure a name of its own, such as `{}_measured`", name.text));
                self.report(finding);
            }
        }
    }

    fn repeated_name(&mut self, what: &str, first: Option<(usize, &Name)>, (file, name): (usize, &Name)) {
        self.file = file;
        let mut finding = self
            .error("duplicate-name", name.at.0, format!("there are two {what}s `{}`", name.text))
            .label("this name is taken")
            .help("give one of them another name");
        if let Some((first_file, first)) = first {
            if first_file == file {
                finding = finding.also(first.at.0, "first here");
            } else {
                let place = self.shown_place(first_file, first.at.0);
                finding = finding.label(format!("this name is taken in {place}"));
            }
        }
        self.report(finding);
    }
}
