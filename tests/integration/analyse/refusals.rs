//! What cannot be analysed is refused with its place and a remedy: the table in `tests/cases/analyse/refusals.toml`.

use serde::Deserialize;

use super::{Tables, root};

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    /// Of `t.csv`; as hexadecimal digits in `bytes`, if it is no text.
    table: Option<String>,
    bytes: Option<String>,
    arguments: String,
    /// In what the command says.
    says: Vec<String>,
}

#[test]
fn what_cannot_be_analysed_is_refused_with_a_remedy() {
    let cases = std::fs::read_to_string(root().join("tests/cases/analyse/refusals.toml")).unwrap();
    let cases: Cases = toml::from_str(&cases).unwrap();
    assert!(cases.case.len() > 30);
    let mut wrong = Vec::new();
    for case in cases.case {
        let tables = Tables::new();
        if let Some(text) = &case.table {
            tables.write("t.csv", text);
        }
        if let Some(digits) = &case.bytes {
            let digits = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
            tables.write("t.csv", digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect::<Vec<u8>>());
        }
        let ran = tables.run(&case.arguments);
        let missing: Vec<_> = case.says.iter().filter(|said| !ran.err.contains(&**said)).collect();
        if (ran.code, &*ran.out) != (2, "") || !missing.is_empty() {
            wrong.push(format!("{}: exit code {}, without {missing:?}\n{}{}", case.name, ran.code, ran.out, ran.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
