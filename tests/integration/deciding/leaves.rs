//! Every kind of leaf, with the facts that bring a visitor near it.

use rand::Rng;
use serde_json::json;

use super::generator::{Generator, Hint, Piece};

pub fn piece(text: String, hints: impl IntoIterator<Item = Hint>) -> Piece {
    Piece { text, hints: hints.into_iter().collect() }
}

fn quoted(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", "))
}

impl Generator {
    pub fn leaf(&mut self) -> Piece {
        match self.below(30) {
            0..4 => self.text_leaf(),
            4..8 => self.number_leaf(),
            8..11 => self.list_leaf(),
            11..15 => self.behaviour_leaf(),
            15..18 if self.segments > 0 => {
                let index = self.random.random_range(0..self.segments);
                piece(format!("segment s{index}"), [])
            }
            18..20 if self.measures > 0 => {
                let (index, least) = (self.random.random_range(0..self.measures), self.below(30));
                let sign = self.pick(&[">=", "<", "is"]);
                piece(format!("m{index} {sign} {least}"), [Hint::Event("order", 10, json!({"amount": least}))])
            }
            20..23 => self.request_leaf(),
            _ => self.other_leaf(),
        }
    }

    fn text_leaf(&mut self) -> Piece {
        let (name, letter, kinds) = self.pick(&[("country", 'c', 6), ("plan", 'p', 3)]);
        let values = self.names(letter, kinds, 3);
        let first = values[0].clone();
        let hint = Hint::Attribute(name, json!(first));
        match self.below(6) {
            0 => piece(format!("{name} is not {first:?}"), []),
            1 => piece(format!("{name} is not one of {}", quoted(&values)), []),
            2 => piece(format!("{name} is one of {}", quoted(&values)), [hint]),
            3 => piece(format!("{name} is known"), [hint]),
            _ => piece(format!("{name} is {first:?}"), [hint]),
        }
    }

    fn number_leaf(&mut self) -> Piece {
        let low = self.below(25);
        let high = low + self.below(6);
        let at = |value: i64| Hint::Attribute("age", json!(value));
        match self.below(9) {
            0 => piece(format!("age between {low} and {high}"), [at(low)]),
            1 => piece(format!("age is {low}"), [at(low)]),
            2 => piece(format!("age < {low}"), [at(low)]),
            3 => piece(format!("age <= {low}.0"), [at(low)]),
            4 => piece(format!("age > {low}"), [at(low + 1)]),
            5 => piece(format!("age is one of [{low}, {}]", high + 1), [at(high + 1)]),
            6 => piece(format!("score >= {}.5", low / 3), [Hint::Attribute("score", json!(9.5))]),
            7 => piece(format!("age is not {low}"), []),
            _ => piece(format!("score < {}.5", 1 + low / 3), [Hint::Attribute("score", json!(0))]),
        }
    }

    fn list_leaf(&mut self) -> Piece {
        let (name, letter, kinds) = self.pick(&[("interests", 'i', 6), ("tags", 't', 20)]);
        let values = self.names(letter, kinds, 2);
        let hints = values.iter().map(|value| Hint::Entry(name, value.clone()));
        match self.below(3) {
            0 => piece(format!("{name} includes any of {}", quoted(&values)), hints),
            1 => piece(format!("{name} includes all of {}", quoted(&values)), hints),
            _ => piece(format!("{name} includes {:?}", values[0]), hints),
        }
    }

    fn window(&mut self) -> String {
        match self.below(6) {
            0 => format!(" in last {} days", 1 + self.below(20)),
            1 => format!(" in last {} hours", 1 + self.below(200)),
            2 => " in this week".to_owned(),
            3 => " between 2 days and 10 days ago".to_owned(),
            _ => String::new(),
        }
    }

    fn frequency(&mut self) -> String {
        let count = self.below(4);
        match self.below(8) {
            0 => format!(" at least {count} times"),
            1 => format!(" at most {count} times"),
            2 => format!(" exactly {count} times"),
            3 => format!(" fewer than {count} times"),
            4 => format!(" on at least {count} different days"),
            5 => format!(" on {} days in a row", 1 + count),
            _ => String::new(),
        }
    }

    fn behaviour_leaf(&mut self) -> Piece {
        let (name, other) = (self.pick(&["order", "cart_add", "signup"]), self.pick(&["order", "cart_add"]));
        let hours = 1 + self.below(150);
        let (least, window) = (self.below(25), self.window());
        let event = Hint::Event(name, hours, json!({"amount": least + 1, "coupon": "x1"}));
        match self.below(6) {
            0 => piece(
                format!("did order with (amount > {least}){}{window}", self.frequency()),
                [Hint::Event("order", hours, json!({"amount": least + 1}))],
            ),
            1 => piece(
                format!("did {name} then did {other} within 2 days{window}"),
                [event, Hint::Event(other, (hours - 1).max(0), json!({}))],
            ),
            2 => piece(format!("did {name} without {other} within 5 hours{window}"), [event]),
            3 => {
                let (pattern, path) = self.pick(&[
                    ("/a", "/a"),
                    ("/a/**", "/a/b"),
                    ("/a/b", "/a/b/"),
                    ("/*/b", "/x/b"),
                    ("/", "/"),
                    ("/**", "/q"),
                    ("/a/*/c/**", "/a/z/c/d"),
                ]);
                piece(format!("visited {pattern:?}{}{window}", self.frequency()), [Hint::Page(path.to_owned(), hours)])
            }
            _ => piece(format!("did {name}{}{window}", self.frequency()), [event]),
        }
    }

    pub fn aggregate(&mut self) -> String {
        let function = self.pick(&["sum", "average", "largest", "distinct"]);
        format!("{function} of order.amount{}", self.pick(&[" in last 90 days", " in last 10 days"]))
    }

    fn request_leaf(&mut self) -> Piece {
        match self.below(8) {
            0 => piece(
                "local.time between 22:00 and 06:00".to_owned(),
                [Hint::Context("zone", "America/Los_Angeles".into())],
            ),
            1 => piece("local.time between 09:00 and 12:00".to_owned(), []),
            2 => piece(format!("local.hour >= {}", self.below(24)), []),
            3 => piece("local.weekday is one of [\"friday\", \"saturday\"]".to_owned(), []),
            4 => piece(format!("visit.number >= {}", 1 + self.below(3)), [Hint::Event("signup", 30, json!({}))]),
            5 => piece("visit.is_new is yes".to_owned(), []),
            6 => piece("visit.page is \"/a\"".to_owned(), [Hint::Context("page", "/a".into())]),
            _ => piece("visit.device is \"mobile\"".to_owned(), [Hint::Context("device", "mobile".into())]),
        }
    }

    fn other_leaf(&mut self) -> Piece {
        let number = self.below(12);
        let ordered = Hint::Event("order", 24 * number, json!({"amount": 7, "coupon": "x1"}));
        match self.below(15) {
            0 => piece("vip is yes".to_owned(), [Hint::Attribute("vip", json!(true))]),
            1 => piece("vip is not yes".to_owned(), [Hint::Attribute("vip", json!(false))]),
            2 => piece(format!("app >= \"1.{number}\""), [Hint::Attribute("app", json!("1.11"))]),
            3 => piece(format!("app is \"1.{number}\""), [Hint::Attribute("app", json!(format!("1.{number}.0")))]),
            4 => piece(
                format!("joined >= \"2026-11-{:02}T12:00:00Z\"", 1 + number),
                [Hint::Attribute("joined", json!("2026-11-13T12:00:00Z"))],
            ),
            5 => piece(
                format!("joined < 2026-11-{:02}", 1 + number),
                [Hint::Attribute("joined", json!("2026-11-01T12:00:00Z"))],
            ),
            6 => piece("list staff".to_owned(), [Hint::Id("v1")]),
            7 => piece("list testers".to_owned(), [Hint::Id("v2")]),
            8 => piece("consent marketing".to_owned(), [Hint::Consent(true)]),
            9 => piece(
                format!("email contains \"a{}\"", number % 3),
                [Hint::Consent(true), Hint::Attribute("email", json!("a1@example.com"))],
            ),
            10 => piece(format!("email is \"a{}@example.com\"", number % 3), [Hint::Consent(true)]),
            11 => piece(format!("days since last order >= {number}"), [ordered]),
            12 => piece("last order.coupon is \"x1\"".to_owned(), [ordered]),
            13 => piece("country is plan".to_owned(), []),
            _ => piece("interests is unknown".to_owned(), []),
        }
    }
}
