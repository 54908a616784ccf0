//! The RSA key of a server as a file.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use chappe_crypto::rsa::RsaPrivateKey;
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::error::ServerError;

/// No key file is this long; something else was named.
const MAX_FILE_LEN: u64 = 64 * 1024;

/// Reads the key, or makes one and writes it if there is no file.
pub(crate) fn load_or_make(path: &Path, rng: &mut impl CryptoRng) -> Result<RsaPrivateKey, ServerError> {
    let fail = |source| ServerError::KeyFile { path: path.to_owned(), source };
    match read(path) {
        Ok(text) => RsaPrivateKey::from_pem(&text)
            .map_err(|source| ServerError::Key { path: path.to_owned(), source }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = make(rng)?;
            let pem = key.to_pem().map_err(ServerError::MakeKey)?;
            write_new(path, pem.as_bytes()).map_err(fail)?;
            Ok(key)
        }
        Err(error) => Err(fail(error)),
    }
}

/// A new key. mtcute writes fingerprints without leading zeros, and then does not find them: no such key is made.
pub(crate) fn make(rng: &mut impl CryptoRng) -> Result<RsaPrivateKey, ServerError> {
    loop {
        let key = RsaPrivateKey::generate(rng).map_err(ServerError::MakeKey)?;
        if key.public().fingerprint() as u64 >> 60 != 0 {
            return Ok(key);
        }
    }
}

fn read(path: &Path) -> io::Result<Zeroizing<String>> {
    if fs::metadata(path)?.len() > MAX_FILE_LEN {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long to be a key"));
    }
    fs::read(path).map(|bytes| {
        let bytes = Zeroizing::new(bytes);
        Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())
    })
}

/// Never overwrites: two servers that start at once must not end up with different keys unnoticed.
fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_can_look_a_new_key_up() {
        use rand::SeedableRng;
        let rng = || rand::rngs::StdRng::seed_from_u64(3);
        let first = RsaPrivateKey::generate(&mut rng()).unwrap().public().fingerprint();
        assert_eq!(first as u64 >> 60, 0, "the seed was chosen for that: {first:016x}");
        assert_ne!(make(&mut rng()).unwrap().public().fingerprint() as u64 >> 60, 0);
    }

    #[test]
    fn garbage_in_the_key_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.pem");
        fs::write(&path, "not a key").unwrap();
        let mut rng: rand::rngs::StdRng = rand::make_rng();
        let error = load_or_make(&path, &mut rng).unwrap_err();
        assert!(matches!(error, ServerError::Key { .. }), "{error}");
        assert!(!error.to_string().contains('\n'));
    }
}
