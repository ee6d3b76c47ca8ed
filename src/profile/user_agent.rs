//! Device, browser and operating system from a user agent, and whether it is a crawler's.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use woothee::parser::Parser;

/// What a user agent shows; what it does not is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    /// One of [`super::facts::DEVICES`].
    pub device: Option<&'static str>,
    /// Lower case.
    pub browser: Option<String>,
    /// Lower case; all versions of Windows are `windows`, all of Apple's hand-held systems `ios`.
    pub os: Option<String>,
    /// Whether it is on the public list of crawlers, or calls itself one.
    pub is_bot: bool,
}

/// Agents that each thread remembers: a site sees few different ones, and to tell one from a crawler takes long.
const REMEMBERED: usize = 4096;

/// A longer agent is read by its beginning: nobody's says more behind that.
const READ_BYTES: usize = 1024;

/// The list of public crawlers.
static CRAWLERS: LazyLock<isbot::Bots> = LazyLock::new(isbot::Bots::default);

thread_local! {
    static KNOWN: RefCell<HashMap<Box<str>, Arc<Agent>>> = RefCell::default();
}

impl Agent {
    /// Reads a user agent. Crawlers and programs have neither device nor browser.
    pub fn read(agent: &str) -> Arc<Self> {
        let agent = agent.get(..agent.floor_char_boundary(READ_BYTES)).unwrap_or(agent);
        KNOWN.with_borrow_mut(|known| {
            if let Some(found) = known.get(agent) {
                return Arc::clone(found);
            }
            if known.len() >= REMEMBERED {
                known.clear();
            }
            let read = Arc::new(parse(agent));
            known.insert(agent.into(), Arc::clone(&read));
            read
        })
    }
}

fn parse(agent: &str) -> Agent {
    if agent.is_empty() {
        return Agent::default();
    }
    let parsed = Parser::new().parse(agent);
    let is_bot = CRAWLERS.is_bot(agent) || parsed.as_ref().is_some_and(|parsed| parsed.category == "crawler");
    let nothing = Agent { is_bot, ..Agent::default() };
    let Some(parsed) = parsed else { return nothing };
    let is_tablet = parsed.os == "iPad"
        || ["Tablet", "Kindle", "Silk/", "PlayBook"].iter().any(|mark| agent.contains(mark))
        || parsed.os == "Android" && !agent.contains("Mobile");
    let device = match parsed.category {
        "smartphone" | "mobilephone" | "pc" if is_tablet => Some("tablet"),
        "smartphone" | "mobilephone" => Some("mobile"),
        "pc" => Some("desktop"),
        _ => None,
    };
    if device.is_none() {
        return nothing;
    }
    let known = |word: &str| (!word.is_empty() && word != "UNKNOWN").then(|| word.to_lowercase());
    let os = match parsed.os {
        "iPhone" | "iPad" | "iPod" | "iOS" => Some("ios".to_owned()),
        "Mac OSX" | "Mac OS Classic" => Some("macos".to_owned()),
        windows if windows.starts_with("Windows") && windows != "Windows Phone OS" => Some("windows".to_owned()),
        other => known(other),
    };
    Agent { device, browser: known(parsed.name), os, is_bot }
}

#[cfg(test)]
mod tests {
    use super::Agent;

    #[test]
    fn common_agents_are_told_apart() {
        let cases = [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
                (Some("desktop"), Some("chrome"), Some("windows")),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
                (Some("mobile"), Some("safari"), Some("ios")),
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
                (Some("tablet"), Some("safari"), Some("ios")),
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
                (Some("mobile"), Some("chrome"), Some("android")),
            ),
            (
                "Mozilla/5.0 (Linux; Android 12; SM-T870) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
                (Some("tablet"), Some("chrome"), Some("android")),
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:121.0) Gecko/20100101 Firefox/121.0",
                (Some("desktop"), Some("firefox"), Some("macos")),
            ),
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", (None, None, None)),
            ("curl/8.4.0", (None, None, None)),
            ("", (None, None, None)),
        ];
        for (agent, (device, browser, os)) in cases {
            let (browser, os) = (browser.map(str::to_owned), os.map(str::to_owned));
            let is_bot = device.is_none() && !agent.is_empty();
            assert_eq!(*Agent::read(agent), Agent { device, browser, os, is_bot }, "{agent}");
        }
    }
}
