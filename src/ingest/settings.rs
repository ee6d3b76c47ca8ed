//! What the operator says about events.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Countries, Pace};

/// A network of addresses: `10.0.0.0/8`.
pub type Network = IpNet;

/// How messages are checked and marked.
#[derive(Debug, Default)]
pub struct Settings {
    /// What becomes of track events that no schema declares.
    pub undeclared: Undeclared,
    /// Networks whose traffic is marked internal.
    pub internal: Vec<Network>,
    /// Knows the country of an address.
    pub countries: Option<Countries>,
    /// Notices who sends faster than people act.
    pub pace: Option<Pace>,
}

/// What becomes of track events that the schema does not declare.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Undeclared {
    /// They are kept; a later release that declares them knows them from the beginning.
    #[default]
    Accept,
    /// They are laid aside whole among the dead letters.
    Quarantine,
    /// They are dropped; the dead letters name them without their content.
    Refuse,
}

impl Settings {
    /// Whether an address belongs to an internal network.
    pub fn is_internal(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.internal.iter().any(|network| network.contains(&ip))
    }

    /// The country of an address: `DE`.
    pub fn country(&self, ip: IpAddr) -> Option<String> {
        self.countries.as_ref()?.of(ip)
    }
}
