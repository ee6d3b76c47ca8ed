//! Reads `rules/schema/*.yaml`.
//!
//! Several files make one schema; a name that two files declare is an error in the later one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::declared::{PurposeUse, What, check_name, declaration, properties, purpose, sent_once, sent_twice};
use super::name::{self, BUILT_IN_EVENTS, NAMESPACES};
use super::{CONTEXT_FIELDS, EventDeclaration, List, Purpose, Schema, TRACKING, settings};
use crate::diagnostic::Diagnostic;
use crate::yaml::{self, DeclaredOnce, Entry, Fields, Kind, Node, Reader};

const ATTRIBUTE: What = What { with_article: "an attribute", taken: &[NAMESPACES], bare: true, has_wire: true };
const PROPERTY: What = What { with_article: "a property", taken: &[], bare: true, has_wire: true };
const CONTEXT: What = What { with_article: "a context fact", taken: &[CONTEXT_FIELDS], bare: false, has_wire: true };
const EVENT: What =
    What { with_article: "an event", taken: &[NAMESPACES, BUILT_IN_EVENTS], bare: true, has_wire: true };
const LIST: What = What { with_article: "a list", taken: &[], bare: true, has_wire: false };
const PURPOSE: What = What { with_article: "a purpose", taken: &[], bare: true, has_wire: false };

impl Schema {
    /// Reads the schema files of a set, in the order given: printed path and text of each.
    ///
    /// `lists` gives the text of a file by its path inside the rules folder. Whatever can be read is in the result, so
    /// that rules can be checked against it; it counts only if the findings hold no error.
    pub fn read(
        files: &[(Arc<str>, Arc<str>)],
        lists: &dyn Fn(&str) -> Option<Arc<str>>,
        findings: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut building = Building {
            schema: Self::default(),
            file: Arc::default(),
            seen: DeclaredOnce::default(),
            purposes: Vec::new(),
            lists,
        };
        for (file, text) in files {
            let Some(root) = yaml::read(file, text, findings) else { continue };
            building.file = Arc::clone(file);
            building.seen.begin(file, text);
            building.sections(&mut Reader::new(file, findings), &root);
        }
        building.check_purposes(findings);
        building.schema
    }
}

struct Building<'a> {
    schema: Schema,
    /// The printed path of the file that is being read.
    file: Arc<str>,
    seen: DeclaredOnce,
    /// Purposes that declarations name, with the printed path of their file.
    purposes: Vec<(Arc<str>, PurposeUse)>,
    lists: &'a dyn Fn(&str) -> Option<Arc<str>>,
}

impl Building<'_> {
    fn sections(&mut self, reader: &mut Reader<'_>, root: &Node) {
        let mut uses = Vec::new();
        let mut fields = reader.fields(root, root.span, "attributes: {age: {type: number}}");
        self.settings(reader, &mut fields);
        self.section(reader, &mut fields, "events", EVENT, |building, reader, entry| {
            building.event(reader, entry, &mut uses);
        });
        self.section(reader, &mut fields, "attributes", ATTRIBUTE, |building, reader, entry| {
            if let Some(declared) = declaration(reader, entry, &mut uses) {
                sent_once(reader, entry, &building.schema.attributes, &declared);
                building.schema.attributes.insert(Arc::clone(&declared.name), declared);
            }
        });
        self.section(reader, &mut fields, "context", CONTEXT, |building, reader, entry| {
            if let Some(declared) = declaration(reader, entry, &mut uses) {
                sent_once(reader, entry, &building.schema.context, &declared);
                building.schema.context.insert(Arc::clone(&declared.name), declared);
            }
        });
        self.section(reader, &mut fields, "lists", LIST, Self::list);
        self.section(reader, &mut fields, "purposes", PURPOSE, Self::purpose);
        fields.close_with(reader, &name::where_else);
        self.purposes.extend(uses.into_iter().map(|used| (Arc::clone(&self.file), used)));
    }

    /// Goes through `{name: ..}` and hands every good, new name on.
    fn section(
        &mut self,
        reader: &mut Reader<'_>,
        fields: &mut Fields<'_>,
        name: Kind,
        what: What,
        mut read: impl FnMut(&mut Self, &mut Reader<'_>, &Entry),
    ) {
        let Some(node) = fields.get(name) else { return };
        for entry in reader.entries(node) {
            if check_name(reader, entry, what) && self.seen.is_new(reader, name, entry) {
                read(self, reader, entry);
            }
        }
    }

    fn settings(&mut self, reader: &mut Reader<'_>, fields: &mut Fields<'_>) {
        if let Some(entry) = fields.entry("language")
            && self.seen.is_new(reader, "setting", entry)
        {
            settings::check_language(reader, &entry.value);
        }
        if let Some(entry) = fields.entry("zone")
            && self.seen.is_new(reader, "setting", entry)
        {
            self.schema.zone = settings::zone(reader, &entry.value).unwrap_or(TimeZone::UTC);
        }
        if let Some(entry) = fields.entry("visit_timeout")
            && self.seen.is_new(reader, "setting", entry)
            && let Some(span) = settings::visit_timeout(reader, &entry.value)
        {
            self.schema.visit_timeout = span;
        }
        if let Some(entry) = fields.entry("max_state_per_visitor")
            && self.seen.is_new(reader, "setting", entry)
            && let Some(bytes) = settings::max_state_per_visitor(reader, &entry.value)
        {
            self.schema.max_state_per_visitor = bytes;
        }
    }

    fn event(&mut self, reader: &mut Reader<'_>, entry: &Entry, uses: &mut Vec<PurposeUse>) {
        let example = format!("{}: {{wire: Name That Clients Send}}", entry.key);
        let mut fields = reader.fields(&entry.value, entry.key_span, &example);
        let wire = fields.text(reader, "wire").cloned();
        let declared = EventDeclaration {
            name: Arc::clone(&entry.key),
            properties: fields
                .get("properties")
                .map_or_else(BTreeMap::new, |node| properties(reader, node, PROPERTY, uses)),
            purpose: purpose(reader, &mut fields, uses),
            description: fields.text(reader, "description").cloned(),
            wire,
        };
        fields.close(reader);
        let sent = declared.sent_name();
        if let Some(other) = self.schema.events.values().find(|event| event.sent_name() == sent) {
            sent_twice(reader, entry, [&other.name, &declared.name], sent);
        }
        self.schema.events.insert(Arc::clone(&entry.key), declared);
    }

    fn list(&mut self, reader: &mut Reader<'_>, entry: &Entry) {
        let example = format!("{0}: {{file: lists/{0}.txt}}", entry.key);
        let mut fields = reader.fields(&entry.value, entry.key_span, &example);
        let help = format!("say where the ids stand, such as `file: lists/{}.txt`", entry.key);
        let members = fields.need(reader, "file", &help).and_then(|node| {
            let path = reader.text(node)?;
            let text = (self.lists)(path);
            if text.is_none() {
                let help = "a path inside the rules folder to a `.txt` file with one visitor id a line";
                let message = match path.ends_with(".txt") {
                    true => format!("there is no file `{path}` in the rules folder"),
                    false => format!("`{path}` is no `.txt` file"),
                };
                reader.error("missing-file", node.span, message, help);
            }
            text
        });
        fields.close(reader);
        let members: BTreeSet<Arc<str>> = members
            .iter()
            .flat_map(|text| text.lines())
            .map(|line| line.trim_start_matches('\u{FEFF}').trim())
            .filter(|line| !line.is_empty())
            .map(Arc::from)
            .collect();
        self.schema.lists.insert(Arc::clone(&entry.key), List { name: Arc::clone(&entry.key), members });
    }

    fn purpose(&mut self, reader: &mut Reader<'_>, entry: &Entry) {
        let example = format!("{}: {{default: denied}}", entry.key);
        let mut fields = reader.fields(&entry.value, entry.key_span, &example);
        let granted_by_default = fields
            .need(
                reader,
                "default",
                "say what counts before the visitor chose: `default: granted` or `default: denied`",
            )
            .and_then(|node| reader.choice(node, "bad-value", "default", &[("granted", true), ("denied", false)]))
            .unwrap_or(false);
        fields.close(reader);
        let name = Arc::clone(&entry.key);
        self.schema.purposes.insert(Arc::clone(&name), Purpose { name, granted_by_default });
    }

    /// `tracking` needs no declaration.
    fn check_purposes(&self, findings: &mut Vec<Diagnostic>) {
        for (file, used) in &self.purposes {
            if &*used.name != TRACKING && !self.schema.purposes.contains_key(&used.name) {
                let declared = self.schema.purposes.keys().map(|name| &**name);
                let message = format!("unknown purpose `{}`", used.name);
                Reader::new(file, findings).unknown("unknown-purpose", used.span, message, &used.name, declared);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::diagnostic::draw;
    use crate::diagnostic::{Report, Source};
    use crate::profile::{Schema, Type};

    fn read(texts: &[&str]) -> (Schema, Report) {
        let mut report = Report::default();
        let files: Vec<(Arc<str>, Arc<str>)> = texts
            .iter()
            .enumerate()
            .map(|(index, text)| {
                let file = report.sources.add(Source::new(format!("rules/schema/{index}.yaml"), *text));
                (file, Arc::from(*text))
            })
            .collect();
        let lists = |path: &str| (path == "lists/employees.txt").then(|| Arc::from("v1\n\n v2 \n"));
        let schema = Schema::read(&files, &lists, &mut report.diagnostics);
        report.sort();
        (schema, report)
    }

    #[test]
    fn the_shop_of_the_design_reads_without_findings() {
        let (schema, report) = read(&["language: 1
zone: Europe/Berlin
visit_timeout: 45 minutes
events:
  order: {wire: Order Completed, properties: {amount: {type: number, unit: EUR, wire: revenue}, items: {type: number}}}
  product_view: {properties: {category: {type: text, one_of: [shoes, bags, hats]}, price: {type: number, unit: EUR}}}
  cart_add: {}
attributes:
  age: {type: number}
  plan: {type: text, one_of: [free, pro, enterprise]}
  email: {type: text, sensitive: true, purpose: marketing}
context: {store: {type: text}}
lists: {employees: {file: lists/employees.txt}}
purposes: {tracking: {default: granted}, marketing: {default: denied}}
"]);
        assert_eq!(draw(&report, false), "");
        assert_eq!(schema.zone.iana_name(), Some("Europe/Berlin"));
        assert_eq!(schema.visit_timeout.as_mins(), 45);
        assert_eq!(schema.event_on_the_wire("Order Completed").unwrap().properties["amount"].kind, Type::Number);
        assert_eq!(schema.attributes["plan"].one_of.len(), 3);
        assert_eq!(schema.lists["employees"].members.len(), 2);
        assert!(!schema.purposes["marketing"].granted_by_default);
        assert!(schema.context.contains_key("store"));
    }

    #[test]
    fn a_name_declared_in_two_files_names_both_places() {
        let (_, report) = read(&["attributes:\n  age: {type: number}\n", "\nattributes: {age: {type: text}}\n"]);
        insta::assert_snapshot!(draw(&report, false), @r"
        error[duplicate-name]: `age` is declared twice
         --> rules/schema/1.yaml:2:14
          |
        2 | attributes: {age: {type: text}}
          |              ^^^
          |
          = help: it stands already at rules/schema/0.yaml:2:3; keep one of the two
        ");
    }
}
