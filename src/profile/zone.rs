//! Time zones by name.

use jiff::tz::TimeZone;

use crate::diagnostic::nearest;

/// No zone has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone `{name}`")]
pub struct UnknownZone {
    /// As it was given.
    pub name: String,
    /// The name that is nearest, if any is near.
    pub near: Option<String>,
}

impl UnknownZone {
    /// What to write instead.
    pub fn help(&self) -> String {
        self.near.as_ref().map_or_else(
            || "use a name of the time zone database, such as `Europe/Berlin` or `UTC`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        )
    }
}

/// The zone of a name of the time zone database, such as `Europe/Berlin`.
///
/// # Errors
/// [`UnknownZone`].
pub fn zone(name: &str) -> Result<TimeZone, UnknownZone> {
    TimeZone::get(name).map_err(|_| {
        let names: Vec<String> = jiff::tz::db().available().map(|known| known.as_str().to_owned()).collect();
        let near = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
        UnknownZone { name: name.to_owned(), near }
    })
}

#[cfg(test)]
mod tests {
    use super::zone;

    #[test]
    fn a_misspelled_zone_gets_the_nearest() {
        assert!(zone("Europe/Berlin").is_ok());
        assert_eq!(zone("Europe/Berlim").unwrap_err().help(), "did you mean `Europe/Berlin`?");
        assert!(zone("nowhere at all").unwrap_err().help().contains("such as"));
    }
}
