//! Names that several files declare together: each once.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Entry, Reader};
use crate::diagnostic::{Source, Span};

/// What a name was declared as; names of different kinds do not collide.
pub type Kind = &'static str;

/// Where each name was first declared.
#[derive(Debug, Default)]
pub struct DeclaredOnce {
    /// Every file begun so far, the current one last.
    files: Vec<Source>,
    /// The index of the file, and the place of the name in it.
    seen: BTreeMap<(Kind, Arc<str>), (usize, Span)>,
}

impl DeclaredOnce {
    /// Begins a file: what is declared from now on stands there.
    pub fn begin(&mut self, file: &Arc<str>, text: &Arc<str>) {
        self.files.push(Source::new(Arc::clone(file), Arc::clone(text)));
    }

    /// Whether nothing of this kind and name was declared before; reports it if something was.
    pub fn is_new(&mut self, reader: &mut Reader<'_>, kind: Kind, entry: &Entry) -> bool {
        self.is_new_name(reader, kind, &entry.key, entry.key_span)
    }

    /// The same for a name that is a value: `experiment: cart_hero_test`.
    pub fn is_new_name(&mut self, reader: &mut Reader<'_>, kind: Kind, name: &Arc<str>, span: Span) -> bool {
        let key = (kind, Arc::clone(name));
        let Some((file, first)) = self.seen.get(&key) else {
            self.seen.insert(key, (self.files.len().saturating_sub(1), span));
            return true;
        };
        let first = self.files.get(*file).map_or_else(String::new, |source| {
            let place = source.place(first.start);
            format!("{}:{}:{}", source.file, place.line, place.column)
        });
        let help = format!("it stands already at {first}; keep one of the two");
        reader.error("duplicate-name", span, format!("`{name}` is declared twice"), help);
        false
    }

    /// Every name with its kind, the printed path of the file that declared it first, and the place in it.
    pub fn into_places(self) -> impl Iterator<Item = (Kind, Arc<str>, Arc<str>, Span)> {
        let Self { files, seen } = self;
        seen.into_iter().filter_map(move |((kind, name), (file, span))| {
            let file = files.get(file)?;
            Some((kind, name, Arc::clone(&file.file), span))
        })
    }
}
