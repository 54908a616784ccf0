use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::TransportError;
use super::limits::MAX_TLS_DOMAIN_LEN;

/// The shared secret of an MTProto proxy. Printing it shows only its kind.
///
/// | bytes | text begins with | meaning |
/// |---|---|---|
/// | 16 | | obfuscation keyed with the secret |
/// | 17, first `dd` | `dd`, `3Q` | the same, and the padded framing is required |
/// | 18 and more, first `ee` | `ee`, `7g` | inside fake TLS records for the domain that the rest spells |
///
/// ```
/// use chappe_mtproto::transport::ProxySecret;
///
/// let secret = ProxySecret::parse("dd99999999999999999999999999999999")?;
/// assert!(secret.requires_padding());
/// let link = "https://t.me/proxy?server=proxy.example&port=443&secret=7pmZmZmZmZmZmZmZmZmZmZl3d3cuZ29vZ2xlLmNvbQ";
/// assert_eq!(ProxySecret::parse(link)?.domain(), Some("www.google.com"));
/// # Ok::<(), chappe_mtproto::transport::TransportError>(())
/// ```
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ProxySecret {
    key: [u8; 16],
    #[zeroize(skip)]
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Simple,
    Padded,
    FakeTls { domain: String },
}

/// Both alphabets, padding optional, and spare bits ignored: people retype these.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

impl ProxySecret {
    /// A plain secret.
    pub const fn simple(key: [u8; 16]) -> Self {
        Self { key, kind: Kind::Simple }
    }

    /// A secret that requires the padded framing.
    pub const fn padded(key: [u8; 16]) -> Self {
        Self { key, kind: Kind::Padded }
    }

    /// A fake TLS secret.
    ///
    /// # Errors
    /// [`TransportError::ProxySecret`] unless the domain is 1 to 182 printable ASCII characters.
    pub fn fake_tls(key: [u8; 16], domain: &str) -> Result<Self, TransportError> {
        if domain.is_empty() || domain.len() > MAX_TLS_DOMAIN_LEN {
            return Err(TransportError::ProxySecret { reason: "the domain must have 1 to 182 characters" });
        }
        if !domain.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TransportError::ProxySecret { reason: "the domain is not printable ASCII" });
        }
        Ok(Self { key, kind: Kind::FakeTls { domain: domain.to_owned() } })
    }

    /// Reads a secret as people pass it on: hexadecimal, base64 in either alphabet, or a `tg://proxy` or
    /// `https://t.me/proxy` link.
    ///
    /// # Errors
    /// [`TransportError::ProxySecret`] with the reason.
    pub fn parse(text: &str) -> Result<Self, TransportError> {
        let text = text.trim();
        if let Some((_, query)) = text.split_once('?') {
            let secret = query.split(['&', '#']).find_map(|pair| pair.strip_prefix("secret="));
            let secret = secret.ok_or(TransportError::ProxySecret { reason: "the link has no secret" })?;
            return Self::parse_text(&percent_decode(secret));
        }
        Self::parse_text(text)
    }

    fn parse_text(text: &str) -> Result<Self, TransportError> {
        let bytes = hex(text)
            .or_else(|| BASE64_URL.decode(text).ok())
            .or_else(|| BASE64.decode(text).ok())
            .ok_or(TransportError::ProxySecret { reason: "it is neither hexadecimal nor base64" })?;
        Self::from_bytes(&Zeroizing::new(bytes))
    }

    /// Reads a secret from its bytes.
    ///
    /// # Errors
    /// [`TransportError::ProxySecret`] with the reason.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TransportError> {
        if let Ok(key) = <[u8; 16]>::try_from(bytes) {
            return Ok(Self::simple(key));
        }
        match bytes.split_first() {
            Some((0xdd, rest)) if rest.len() == 16 => match rest.try_into() {
                Ok(key) => Ok(Self::padded(key)),
                Err(_) => Err(TransportError::ProxySecret { reason: "it is too short" }),
            },
            Some((0xee, rest)) => match rest.split_first_chunk::<16>() {
                Some((key, domain)) => {
                    let domain = std::str::from_utf8(domain)
                        .map_err(|_| TransportError::ProxySecret { reason: "the domain is not ASCII" })?;
                    Self::fake_tls(*key, domain)
                }
                None => Err(TransportError::ProxySecret { reason: "it is too short" }),
            },
            _ => Err(TransportError::ProxySecret {
                reason: "it must have 16 bytes, or 17 beginning with dd, or 18 and more beginning with ee",
            }),
        }
    }

    /// The 16 bytes that go into keys and proofs. Secret.
    pub const fn key(&self) -> &[u8; 16] {
        &self.key
    }

    /// Whether only the padded intermediate framing may be used.
    pub fn requires_padding(&self) -> bool {
        self.kind != Kind::Simple
    }

    /// The domain whose TLS is imitated, for a fake TLS secret.
    pub fn domain(&self) -> Option<&str> {
        match &self.kind {
            Kind::FakeTls { domain } => Some(domain),
            _ => None,
        }
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|value| value as u8);
    digits
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

/// Only what base64 in a link can contain: `%2B`, `%2F`, `%3D`.
fn percent_decode(text: &str) -> String {
    let mut out = text.to_owned();
    for (from, to) in [("%2B", "+"), ("%2F", "/"), ("%3D", "="), ("%2b", "+"), ("%2f", "/"), ("%3d", "=")] {
        out = out.replace(from, to);
    }
    out
}

impl PartialEq for ProxySecret {
    fn eq(&self, other: &Self) -> bool {
        bool::from(self.key.ct_eq(&other.key)) && self.kind == other.kind
    }
}

impl Eq for ProxySecret {}

impl fmt::Debug for ProxySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key: _, kind } = self;
        f.debug_struct("ProxySecret").field("kind", kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_secrets_are_refused_with_a_reason() {
        for text in [
            "",
            "zz",
            "99",
            "dd9999",
            "ee99999999999999999999999999999999",
            "tg://proxy?server=a&port=1",
            "??",
        ] {
            assert!(matches!(ProxySecret::parse(text), Err(TransportError::ProxySecret { .. })), "{text}");
        }
        assert!(ProxySecret::fake_tls([0; 16], &"a".repeat(183)).is_err());
        assert!(ProxySecret::fake_tls([0; 16], "a b").is_err());
    }

    #[test]
    fn debug_shows_the_kind_only() {
        let secret = ProxySecret::padded([0x99; 16]);
        assert_eq!(format!("{secret:?}"), "ProxySecret { kind: Padded, .. }");
    }
}
