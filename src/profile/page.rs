//! Page addresses: the path that rules compare, and the campaign in the query.

use std::borrow::Cow;

/// The campaign facts that a page's query may carry.
pub const UTM: [&str; 5] = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];

/// The path of an address as rules compare it: without scheme, host, query, fragment and trailing slash, with its
/// letters as they are. `/` stays `/`.
///
/// ```
/// use segue::profile::page_path;
/// assert_eq!(page_path("https://shop.example/Shoes/?color=red#top"), "/Shoes");
/// assert_eq!(page_path("/pricing/"), "/pricing");
/// assert_eq!(page_path("/"), "/");
/// ```
pub fn page_path(address: &str) -> String {
    let address = address.trim();
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let path = match path.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(),
        _ => path,
    };
    let path = path.trim_end_matches('/');
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("{slash}{path}")
}

/// The campaign facts in an address's query: `("utm_source", "newsletter")`, empty ones left out, of repeated ones the
/// first.
pub fn campaign(address: &str) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
    let before_fragment = address.split('#').next().unwrap_or_default();
    let query = before_fragment.split_once('?').map_or("", |(_, query)| query);
    UTM.into_iter().filter_map(move |name| {
        let (_, value) =
            url::form_urlencoded::parse(query.as_bytes()).find(|(key, value)| key == name && !value.is_empty())?;
        Some((name, value))
    })
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::{campaign, page_path};

    #[test]
    fn a_path_has_no_query_fragment_host_or_trailing_slash() {
        for (address, path) in [
            ("/pricing", "/pricing"),
            ("/pricing/?a=b/", "/pricing"),
            ("/pricing#/deep/", "/pricing"),
            ("/Pricing//", "/Pricing"),
            ("pricing", "/pricing"),
            ("/", "/"),
            ("", "/"),
            ("?a=b", "/"),
            ("https://shop.example", "/"),
            ("https://shop.example?x", "/"),
            ("https://shop.example/a/b/", "/a/b"),
            ("app+ios://host/a", "/a"),
            ("/go/https://else.example/x", "/go/https://else.example/x"),
            (" /gr\u{f6}\u{df}e/ ", "/gr\u{f6}\u{df}e"),
        ] {
            assert_eq!(page_path(address), path, "{address:?}");
        }
    }

    #[test]
    fn the_campaign_is_in_the_query_alone() {
        let found: Vec<_> =
            campaign("/a?utm_source=news%20letter&utm_source=b&utm_term=&x=1&utm_content=a+b#?utm_medium=m")
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
        assert_eq!(found, ["utm_source=news letter", "utm_content=a b"]);
        assert_eq!(campaign("/a").count(), 0);
    }
}
