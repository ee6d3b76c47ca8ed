//! Everything that is kept of a visitor, as one JSON value: their profile, and each message as it was kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::entry::{Body, Entry};
use super::id::VisitorHash;
use super::person::moment;
use super::told::open_sealed;
use super::window::Window;
use super::{Error, Profile, Visitors};
use crate::release::Release;

/// All that is kept of one visitor.
#[derive(Debug, Serialize)]
pub struct Export {
    /// With the values that profiles do not show.
    pub profile: Profile,
    /// In the order in which they were kept.
    pub messages: Vec<ExportedMessage>,
    /// When they entered and left segments, in order.
    pub memberships: Vec<ExportedMembership>,
    /// Shows of rules with a limit.
    pub shows: Vec<ExportedShow>,
    /// The first exposure to each experiment, in name order.
    pub exposures: Vec<ExportedExposure>,
}

/// One message.
#[derive(Debug, Serialize)]
pub struct ExportedMessage {
    /// The id under which it came.
    pub visitor: String,
    /// As the client sent it, or as it was given here.
    #[serde(rename = "messageId")]
    pub message_id: String,
    /// When it arrived, RFC 3339.
    #[serde(rename = "receivedAt")]
    pub received: String,
    /// The message in the protocol's words.
    pub message: Box<RawValue>,
}

/// One change of a membership.
#[derive(Debug, Serialize)]
pub struct ExportedMembership {
    /// Its name.
    pub segment: String,
    /// `false`: left.
    pub entered: bool,
    /// RFC 3339.
    pub time: String,
}

/// One show.
#[derive(Debug, Serialize)]
pub struct ExportedShow {
    /// A fingerprint of the rule.
    pub rule: String,
    /// RFC 3339.
    pub time: String,
}

/// One exposure.
#[derive(Debug, Serialize)]
pub struct ExportedExposure {
    /// The experiment's name.
    pub experiment: Arc<str>,
    /// The id under which it happened.
    pub visitor: Arc<str>,
    /// The variant's name.
    pub variant: Arc<str>,
    /// RFC 3339.
    pub time: String,
    /// What was known of them then, by the names of breakdowns.
    pub known: BTreeMap<Arc<str>, Arc<str>>,
}

impl Visitors {
    /// Everything that is kept of a visitor; `None` when nothing is. Reads the whole journal: an act for the few times
    /// somebody asks for their data.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Journal`], [`Error::Unreadable`].
    pub fn export(&self, id: &str, release: &Release, now: Timestamp) -> Result<Option<Export>, Error> {
        let core = &self.core;
        let Some(mut profile) = self.profile(id, release, now)? else { return Ok(None) };
        let exposures = self.reveal(id, &mut profile, release)?;
        let hashes: BTreeSet<VisitorHash> = profile.ids.iter().map(|id| core.people.hashes.visitor(id)).collect();
        let (messages, memberships, shows) = Default::default();
        let mut export = Export { profile, messages, memberships, shows, exposures };
        // A message that came again was journalled again; it counts once as in the fold.
        let mut window = Window::new(core.window);
        let view = core.committer()?.view();
        let mut reader = view.read(view.start())?;
        let mut before = view.start();
        while let Some(record) = reader.next_record()? {
            for (_, bytes) in record.entries() {
                match Entry::decode(bytes) {
                    Some(Entry::Message(entry)) => {
                        let is_new = entry.message.is_none_or(|message| {
                            window.remember(u128::from_le_bytes(message), moment(entry.received), before)
                        });
                        let is_theirs = hashes.contains(&entry.visitor.hash);
                        let body = if is_new && is_theirs {
                            open_sealed(&core.people, &entry.visitor, entry.sealed)?
                        } else {
                            None
                        };
                        let Some(body) = body else { continue };
                        let (body, _) = Body::decode(&body).ok_or(Error::Unreadable)?;
                        export.messages.push(ExportedMessage {
                            visitor: body.visitor.to_owned(),
                            message_id: body.message_id.to_owned(),
                            received: moment(entry.received).to_string(),
                            message: RawValue::from_string(body.kept.to_owned()).map_err(|_| Error::Unreadable)?,
                        });
                    }
                    // An id may have belonged to somebody who was erased: their key is gone.
                    Some(Entry::Membership { visitor, segment, entered, at })
                        if hashes.contains(&visitor.hash) && core.people.keys.key(visitor.key)?.is_some() =>
                    {
                        let (segment, time) = (segment.to_owned(), moment(at).to_string());
                        export.memberships.push(ExportedMembership { segment, entered, time });
                    }
                    Some(Entry::Show(show))
                        if hashes.contains(&show.visitor.hash) && core.people.keys.key(show.visitor.key)?.is_some() =>
                    {
                        let (rule, time) = (format!("{:016x}", show.show), moment(show.at).to_string());
                        export.shows.push(ExportedShow { rule, time });
                    }
                    _ => {}
                }
            }
            before = reader.position();
        }
        Ok(Some(export))
    }

    /// Puts the values into a profile that are not shown elsewhere, and gives the exposures back.
    fn reveal(&self, id: &str, profile: &mut Profile, release: &Release) -> Result<Vec<ExportedExposure>, Error> {
        let core = &self.core;
        let found = core.people.find(core.people.hashes.visitor(id), &release.schema)?;
        let Some(living) = found else { return Ok(Vec::new()) };
        let held = living.lock();
        for shown in &mut profile.attributes {
            if let Some(known) = held.person.attributes.get(&shown.name) {
                shown.value = known.value.to_json();
                shown.sensitive = false;
            }
        }
        let exposures = &held.person.exposures;
        let decided = exposures.all_decided().flat_map(|(experiment, exposures)| {
            exposures.iter().map(|exposure| ExportedExposure {
                experiment: Arc::clone(&experiment.name),
                visitor: Arc::clone(&exposure.id),
                variant: Arc::clone(&exposure.variant),
                time: moment(exposure.at).to_string(),
                known: exposure.dimensions.clone(),
            })
        });
        let told = exposures.all_told().filter_map(|(sighting, told)| {
            Some(ExportedExposure {
                experiment: Arc::clone(sighting.names().next()?),
                visitor: Arc::clone(&sighting.id),
                variant: Arc::clone(&sighting.variant),
                time: moment(told.at).to_string(),
                known: told.dimensions.clone(),
            })
        });
        Ok(decided.chain(told).collect())
    }
}
