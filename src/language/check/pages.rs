//! Page patterns: `visited "/pricing/**"`.

use super::Checker;
use crate::language::checked::PagePattern;
use crate::language::syntax::Text;

/// A path with more segments than this is refused; no page has so many.
pub const MAX_PAGE_SEGMENTS: usize = 64;

/// What is wrong with a pattern: beside the carets, and what to write instead.
struct Fault {
    label: &'static str,
    help: String,
}

impl Checker<'_> {
    pub(super) fn page_pattern(&mut self, text: &Text) -> Option<PagePattern> {
        self.text(&text.text, text.at.0)?;
        match read(&text.text) {
            Ok(pattern) => Some(pattern),
            Err(Fault { label, help }) => {
                let finding = self
                    .error("invalid-page", text.at.0, format!("`{}` is no page of this site", text.text))
                    .label(label)
                    .help(help);
                self.report(finding);
                None
            }
        }
    }
}

fn read(text: &str) -> Result<PagePattern, Fault> {
    let fault = |label, help| Err(Fault { label, help });
    if let Some((_, rest)) = text.split_once("://") {
        let path = rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or("/");
        return fault("a whole address", format!("write the path alone: visited \"{}\"", without_query(path)));
    }
    if text.contains(['?', '#']) {
        let help = format!("pages are compared without it: visited \"{}\"", with_slash(without_query(text)));
        return fault("a query or fragment", help);
    }
    if !text.starts_with('/') {
        return fault("a page begins with a slash", format!("write: visited \"{}\"", with_slash(text)));
    }
    let (path, everything_below) = match text.strip_suffix("/**") {
        Some(path) => (path, true),
        None => (text.strip_suffix('/').unwrap_or(text), false),
    };
    let mut segments = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment {
            "" => return fault("two slashes, nothing between", "write one slash between two parts".to_owned()),
            "*" => segments.push(None),
            "**" => return fault("`**` stands at the end only", "for one part write `*`: \"/shop/*/sale\"".to_owned()),
            _ if segment.contains('*') => {
                let help = format!("`*` stands for one whole part: \"{}\"", path.replace(segment, "*"));
                return fault("`*` inside a part", help);
            }
            _ => segments.push(Some(segment.into())),
        }
    }
    if segments.len() > MAX_PAGE_SEGMENTS {
        return fault("too many parts", format!("at most {MAX_PAGE_SEGMENTS} parts are allowed; end it with /**"));
    }
    Ok(PagePattern { segments, everything_below })
}

fn without_query(text: &str) -> &str {
    text.split(['?', '#']).next().unwrap_or_default()
}

fn with_slash(text: &str) -> String {
    if text.starts_with('/') { text.to_owned() } else { format!("/{text}") }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_pattern_is_its_segments() {
        let segments = |text| {
            let pattern = read(text).ok()?;
            let shown: Vec<_> = pattern.segments.iter().map(|segment| segment.as_deref().unwrap_or("ANY")).collect();
            Some((shown.join(" "), pattern.everything_below))
        };
        let below = |text: &str, below| Some((text.to_owned(), below));
        assert_eq!(segments("/"), below("", false));
        assert_eq!(segments("/**"), below("", true));
        assert_eq!(segments("/pricing/"), below("pricing", false));
        assert_eq!(segments("/pricing/**"), below("pricing", true));
        assert_eq!(segments("/shop/*/sale"), below("shop ANY sale", false));
        for wrong in ["", "pricing", "//", "/a//b", "/**/a", "/a*", "/a?b=1", "/a#b", "https://shop.example/a"] {
            assert_eq!(segments(wrong), None, "{wrong}");
        }
    }
}
