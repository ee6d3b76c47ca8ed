//! The country of an address, from a file in MaxMind's format.

use std::fmt;
use std::net::IpAddr;

use maxminddb::{MaxMindDbError, Reader, path};

/// A table of countries: GeoLite2, GeoIP2, DB-IP or any other in MaxMind's format.
pub struct Countries {
    reader: Reader<Vec<u8>>,
}

/// The bytes are no table of countries.
#[derive(Debug, thiserror::Error)]
#[error("this is no file in MaxMind's format (.mmdb): {0}")]
pub struct NotATable(#[from] MaxMindDbError);

impl Countries {
    /// Reads the bytes of an `.mmdb` file.
    ///
    /// # Errors
    /// [`NotATable`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, NotATable> {
        Ok(Self { reader: Reader::from_source(bytes)? })
    }

    /// The country of an address as two letters: `DE`. An address that the table does not have, or whose entry is
    /// damaged, has none.
    pub fn of(&self, ip: IpAddr) -> Option<String> {
        let found = self.reader.lookup(ip.to_canonical()).ok()?;
        let country = || found.decode_path::<String>(&path!["country", "iso_code"]).ok().flatten();
        // Plain tables of other makers have the code at the top.
        country().or_else(|| found.decode_path::<String>(&path!["country_code"]).ok().flatten())
    }
}

impl fmt::Debug for Countries {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Countries({})", self.reader.metadata().database_type)
    }
}
