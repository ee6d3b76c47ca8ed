//! Writes a small table of countries in MaxMind's format, for tests.
//!
//! Source: MaxMind DB File Format Specification 2.0.

use std::net::Ipv4Addr;

/// A table of IPv4 networks, each with its country.
pub(crate) fn table(networks: &[(Ipv4Addr, u8, &str)]) -> Vec<u8> {
    // A node has two records: another node, nothing, or a country.
    let mut nodes: Vec<[Record; 2]> = vec![[Record::Nothing; 2]];
    for (index, (address, bits, _)) in networks.iter().enumerate() {
        let mut node = 0;
        for place in 0..*bits {
            let side = (u32::from(*address) >> (31 - place) & 1) as usize;
            if place + 1 == *bits {
                nodes[node][side] = Record::Country(index);
            } else if let Record::Node(next) = nodes[node][side] {
                node = next;
            } else {
                nodes.push([Record::Nothing; 2]);
                let next = nodes.len() - 1;
                nodes[node][side] = Record::Node(next);
                node = next;
            }
        }
    }
    let mut data = Vec::new();
    let places: Vec<usize> = networks
        .iter()
        .map(|(.., country)| {
            let at = data.len();
            map(&mut data, 1);
            text(&mut data, "country");
            map(&mut data, 1);
            text(&mut data, "iso_code");
            text(&mut data, country);
            at
        })
        .collect();
    let count = nodes.len();
    let mut file = Vec::new();
    for record in nodes.iter().flatten() {
        let value = match record {
            Record::Node(next) => *next,
            Record::Nothing => count,
            Record::Country(index) => count + 16 + places[*index],
        };
        file.extend(&(value as u32).to_be_bytes()[1..]);
    }
    file.extend([0; 16]);
    file.extend(data);
    file.extend(b"\xab\xcd\xefMaxMind.com");
    map(&mut file, 9);
    text(&mut file, "node_count");
    file.push(6 << 5 | 4);
    file.extend((count as u32).to_be_bytes());
    for (name, value) in
        [("record_size", 24), ("ip_version", 4), ("binary_format_major_version", 2), ("binary_format_minor_version", 0)]
    {
        text(&mut file, name);
        file.extend([5 << 5 | 1, value]);
    }
    text(&mut file, "database_type");
    text(&mut file, "Test-Country");
    text(&mut file, "languages");
    file.extend([0, 4]);
    text(&mut file, "build_epoch");
    file.extend([1, 2, 1]);
    text(&mut file, "description");
    map(&mut file, 0);
    file
}

#[derive(Clone, Copy)]
enum Record {
    Node(usize),
    Nothing,
    Country(usize),
}

fn map(out: &mut Vec<u8>, entries: u8) {
    out.push(7 << 5 | entries);
}

fn text(out: &mut Vec<u8>, text: &str) {
    assert!(text.len() < 29);
    out.push(2 << 5 | text.len() as u8);
    out.extend(text.as_bytes());
}
