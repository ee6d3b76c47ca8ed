//! The data folder's own secret: with it ids become names that tell nobody who they are.
//!
//! Layout of `keys/secret`: 16 random bytes, then their CRC-32C, little-endian.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use rand::RngCore;

use super::Error;
use super::log::sync_folder;

const SECRET_BYTES: usize = 16;
/// Its file in the folder of keys.
pub(super) const NAME: &str = "secret";

/// 128 random bits that belong to one data folder.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; SECRET_BYTES]);

impl Secret {
    /// Reads the secret in the folder of keys; makes one where `may_make` says that nothing was kept under another.
    ///
    /// # Errors
    /// [`Error::Io`], also when it is missing: then a backup is needed. [`Error::KeysDamaged`].
    pub fn open(folder: &Path, may_make: bool) -> Result<Self, Error> {
        let path = folder.join(NAME);
        match std::fs::read(&path) {
            Ok(bytes) => Self::read(&bytes)
                .ok_or(Error::KeysDamaged { path, what: "it is not the secret that this program wrote" }),
            Err(cause) if may_make && cause.kind() == io::ErrorKind::NotFound => {
                let mut secret = [0; SECRET_BYTES];
                rand::rng().fill_bytes(&mut secret);
                let secret = Self(secret);
                secret.write(folder, &path).map_err(Error::io("write", &path))?;
                Ok(secret)
            }
            Err(cause) => Err(Error::io("read", &path)(cause)),
        }
    }

    /// The bits.
    pub fn bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (secret, crc) = bytes.split_at_checked(SECRET_BYTES)?;
        (crc == crc32c::crc32c(secret).to_le_bytes()).then(|| secret.try_into().ok().map(Self))?
    }

    fn write(&self, folder: &Path, path: &Path) -> io::Result<()> {
        let new = path.with_extension("new");
        let mut file = File::create(&new)?;
        file.write_all(&self.0)?;
        file.write_all(&crc32c::crc32c(&self.0).to_le_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        sync_folder(folder)
    }
}

/// Never shows the bits.
impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_never_guessed() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Secret::open(folder.path(), false).is_err());
        let first = Secret::open(folder.path(), true).unwrap();
        assert_eq!(Secret::open(folder.path(), true).unwrap(), first);
        assert_eq!(Secret::open(folder.path(), false).unwrap(), first);
        assert_ne!(Secret::open(tempfile::tempdir().unwrap().path(), true).unwrap(), first);
        let path = folder.path().join(NAME);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[3] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert!(Secret::open(folder.path(), true).is_err());
    }
}
