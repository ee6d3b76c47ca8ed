//! Device, browser and operating system from a user agent.

use woothee::parser::Parser;

/// What a user agent shows; what it does not is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// One of [`super::facts::DEVICES`].
    pub(super) device: Option<&'static str>,
    /// Lower case.
    pub(super) browser: Option<String>,
    /// Lower case; all versions of Windows are `windows`, all of Apple's hand-held systems `ios`.
    pub(super) os: Option<String>,
}

/// Reads a user agent. Crawlers and programs have neither device nor browser.
pub(super) fn seen(agent: &str) -> Seen {
    let Some(parsed) = Parser::new().parse(agent) else { return Seen::default() };
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
        return Seen::default();
    }
    let known = |word: &str| (!word.is_empty() && word != "UNKNOWN").then(|| word.to_lowercase());
    let os = match parsed.os {
        "iPhone" | "iPad" | "iPod" | "iOS" => Some("ios".to_owned()),
        "Mac OSX" | "Mac OS Classic" => Some("macos".to_owned()),
        windows if windows.starts_with("Windows") && windows != "Windows Phone OS" => Some("windows".to_owned()),
        other => known(other),
    };
    Seen { device, browser: known(parsed.name), os }
}

#[cfg(test)]
mod tests {
    use super::{Seen, seen};

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
            let expected = Seen { device, browser: browser.map(str::to_owned), os: os.map(str::to_owned) };
            assert_eq!(seen(agent), expected, "{agent}");
        }
    }
}
