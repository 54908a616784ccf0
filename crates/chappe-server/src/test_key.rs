//! The RSA key that is part of this crate: no secret, and therefore quick to have.

use std::sync::{Arc, OnceLock};

use chappe_crypto::Error;
use chappe_crypto::rsa::RsaPrivateKey;

const PEM: &str = include_str!("test_key.pem");

/// The private half, read once per process.
pub(crate) fn private() -> Result<Arc<RsaPrivateKey>, Error> {
    static KEY: OnceLock<Result<Arc<RsaPrivateKey>, Error>> = OnceLock::new();
    KEY.get_or_init(|| RsaPrivateKey::from_pem(PEM).map(Arc::new)).clone()
}

/// The public half of the key of [`ServerBuilder::test_key`](crate::ServerBuilder::test_key), as `RSA PUBLIC KEY`
/// (PKCS#1) in PEM.
pub fn test_public_key_pem() -> String {
    // The key is part of this crate, and a test reads it.
    private().and_then(|key| key.public().to_pem()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_can_look_the_test_key_up() {
        let fingerprint = private().unwrap().public().fingerprint();
        // One library writes fingerprints without leading zeros, and then does not find them.
        assert_ne!(fingerprint as u64 >> 60, 0, "{fingerprint:016x}");
        assert!(test_public_key_pem().starts_with("-----BEGIN RSA PUBLIC KEY-----"));
    }
}
