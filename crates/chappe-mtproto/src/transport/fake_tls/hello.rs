//! The hellos of both sides: how they are laid out and what proves knowledge of the secret.

use chappe_crypto::hash;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

use super::records::{APPLICATION_DATA, CHANGE_CIPHER_SPEC_RECORD, HANDSHAKE, HEADER_LEN, record};
use crate::transport::TransportError;

/// Where the random bytes stand in both hellos.
const RANDOM: std::ops::Range<usize> = 11..43;
/// Where the session id stands, after its length byte.
const SESSION_ID: std::ops::Range<usize> = 44..76;
/// Length of an ordinary client hello, padded as browsers pad it.
const CLIENT_HELLO_LEN: usize = 517;

/// What a client hello proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedHello {
    /// The client's random bytes: unique per connection, to be remembered against replays.
    pub random: [u8; 32],
    /// The session id, which the answer echoes.
    pub session_id: [u8; 32],
    /// The client's clock, Unix seconds.
    pub timestamp: u32,
}

fn with_random_zeroed(hello: &[u8]) -> Option<(Vec<u8>, [u8; 32])> {
    let random = hello.get(RANDOM)?.try_into().ok()?;
    let mut zeroed = hello.to_vec();
    zeroed.get_mut(RANDOM)?.fill(0);
    Some((zeroed, random))
}

/// Checks the proof in a client hello record (with its header). Says nothing about the age or the domain.
pub fn verify_client_hello(record: &[u8], secret: &[u8; 16]) -> Option<VerifiedHello> {
    let (zeroed, random) = with_random_zeroed(record)?;
    let digest = hash::hmac_sha256(secret, &[&zeroed]);
    if !bool::from(digest[..28].ct_eq(&random[..28])) {
        return None;
    }
    let timestamp: [u8; 4] = std::array::from_fn(|i| digest[28 + i] ^ random[28 + i]);
    if record.get(SESSION_ID.start - 1) != Some(&32) {
        return None;
    }
    let session_id = record.get(SESSION_ID)?.try_into().ok()?;
    Some(VerifiedHello { random, session_id, timestamp: u32::from_le_bytes(timestamp) })
}

/// Checks the proof in a server's answer: its three records in one piece.
pub fn verify_server_answer(answer: &[u8], client_random: &[u8; 32], secret: &[u8; 16]) -> bool {
    let Some((zeroed, random)) = with_random_zeroed(answer) else { return false };
    hash::hmac_sha256(secret, &[client_random, &zeroed]).ct_eq(&random).into()
}

/// The end of a server's answer in `bytes`: handshake, change cipher spec, application data. `None`: more is needed.
pub(super) fn answer_len(bytes: &[u8]) -> Result<Option<usize>, TransportError> {
    let Some((kind, first)) = record(bytes)? else { return Ok(None) };
    if kind != HANDSHAKE {
        return Err(TransportError::FakeTlsRecord { kind, len: first - HEADER_LEN });
    }
    let second = first + CHANGE_CIPHER_SPEC_RECORD.len();
    let spec = bytes.get(first..second.min(bytes.len())).unwrap_or_default();
    if !CHANGE_CIPHER_SPEC_RECORD.starts_with(spec) {
        return Err(TransportError::FakeTlsHello);
    }
    let Some((kind, third)) = record(bytes.get(second..).unwrap_or_default())? else { return Ok(None) };
    if kind != APPLICATION_DATA {
        return Err(TransportError::FakeTlsRecord { kind, len: third - HEADER_LEN });
    }
    Ok(Some(second + third))
}

/// Writes into a vector with lengths filled in afterwards.
struct Build(Vec<u8>);

impl Build {
    fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// `body` behind its length in two bytes. Everything here is far below 64 KiB.
    fn sized(&mut self, body: impl FnOnce(&mut Self)) {
        let at = self.0.len();
        self.put(&[0, 0]);
        body(self);
        let len = (self.0.len() - at - 2) as u16;
        self.0[at..at + 2].copy_from_slice(&len.to_be_bytes());
    }

    fn extension(&mut self, kind: u16, body: impl FnOnce(&mut Self)) {
        self.put(&kind.to_be_bytes());
        self.sized(body);
    }
}

/// A client hello as browsers of the 2020s send it, with the proof in its random. Also returns that random.
pub(super) fn client_hello(
    secret: &[u8; 16],
    domain: &str,
    unix_secs: u32,
    rng: &mut (impl CryptoRng + ?Sized),
) -> (Vec<u8>, [u8; 32]) {
    let mut random = [0; 32 + 32 + 8];
    rng.fill_bytes(&mut random);
    let [session_id, key_share] = [&random[..32], &random[32..64]];
    // GREASE values (RFC 8701), the same nibble twice.
    let grease: [[u8; 2]; 4] = std::array::from_fn(|i| [random[64 + i] & 0xf0 | 0x0a; 2]);
    let mut hello = Build(Vec::with_capacity(CLIENT_HELLO_LEN));
    hello.put(&[HANDSHAKE, 3, 1]);
    hello.sized(|record| {
        record.put(&[1, 0]);
        record.sized(|hello| {
            hello.put(&[3, 3]);
            hello.put(&[0; 32]);
            hello.put(&[32]);
            hello.put(session_id);
            hello.sized(|suites| {
                suites.put(&grease[0]);
                for suite in [
                    0x1301_u16, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
                    0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
                ] {
                    suites.put(&suite.to_be_bytes());
                }
            });
            hello.put(&[1, 0]);
            hello.sized(|extensions| fill_extensions(extensions, domain, &grease, key_share));
        });
    });
    let Build(mut hello) = hello;
    let digest = hash::hmac_sha256(secret, &[&hello]);
    let mut proof = digest;
    for (byte, time) in proof[28..].iter_mut().zip(unix_secs.to_le_bytes()) {
        *byte ^= time;
    }
    hello[RANDOM].copy_from_slice(&proof);
    (hello, proof)
}

fn fill_extensions(extensions: &mut Build, domain: &str, grease: &[[u8; 2]; 4], key_share: &[u8]) {
    extensions.put(&grease[1]);
    extensions.put(&[0, 0]);
    extensions.extension(0x0000, |name| {
        name.sized(|list| {
            list.put(&[0]);
            list.sized(|name| name.put(domain.as_bytes()));
        });
    });
    extensions.extension(0x0017, |_| {});
    extensions.extension(0xff01, |renegotiation| renegotiation.put(&[0]));
    extensions.extension(0x000a, |groups| {
        groups.sized(|groups| {
            groups.put(&grease[2]);
            groups.put(&[0x00, 0x1d, 0x00, 0x17, 0x00, 0x18]);
        });
    });
    extensions.extension(0x000b, |points| points.put(&[1, 0]));
    extensions.extension(0x0023, |_| {});
    extensions.extension(0x0010, |protocols| {
        protocols.sized(|list| list.put(b"\x02h2\x08http/1.1"));
    });
    extensions.extension(0x0005, |status| status.put(&[1, 0, 0, 0, 0]));
    extensions.extension(0x000d, |signatures| {
        signatures.sized(|list| {
            for scheme in [0x0403_u16, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601] {
                list.put(&scheme.to_be_bytes());
            }
        });
    });
    extensions.extension(0x0012, |_| {});
    extensions.extension(0x0033, |shares| {
        shares.sized(|list| {
            list.put(&grease[2]);
            list.put(&[0, 1, 0]);
            list.put(&[0x00, 0x1d]);
            list.sized(|share| share.put(key_share));
        });
    });
    extensions.extension(0x002d, |modes| modes.put(&[1, 1]));
    extensions.extension(0x002b, |versions| {
        versions.put(&[6]);
        versions.put(&grease[3]);
        versions.put(&[3, 4, 3, 3]);
    });
    extensions.extension(0x001b, |compression| compression.put(&[2, 0, 2]));
    extensions.put(&[!grease[1][0] & 0xf0 | 0x0a; 2]);
    extensions.put(&[0, 1, 0]);
    // Browsers pad hellos of this size; the four bytes are the head of the extension itself.
    if let Some(padding) = CLIENT_HELLO_LEN.checked_sub(extensions.0.len() + 4) {
        extensions.extension(0x0015, |bytes| bytes.0.resize(bytes.0.len() + padding, 0));
    }
}

/// A server's answer with the proof in its random.
pub(super) fn server_answer(
    secret: &[u8; 16],
    client: &VerifiedHello,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Vec<u8> {
    let mut random = [0; 32 + 2];
    rng.fill_bytes(&mut random);
    let mut answer = Build(Vec::new());
    answer.put(&[HANDSHAKE, 3, 3]);
    answer.sized(|record| {
        record.put(&[2, 0]);
        record.sized(|hello| {
            hello.put(&[3, 3]);
            hello.put(&[0; 32]);
            hello.put(&[32]);
            hello.put(&client.session_id);
            hello.put(&[0x13, 0x01, 0]);
            hello.sized(|extensions| {
                extensions.extension(0x0033, |share| {
                    share.put(&[0x00, 0x1d]);
                    share.sized(|key| key.put(&random[..32]));
                });
                extensions.extension(0x002b, |version| version.put(&[3, 4]));
            });
        });
    });
    answer.put(&CHANGE_CIPHER_SPEC_RECORD);
    // As long as a certificate chain: 1 to 3 KiB.
    let len = 1024 + usize::from(u16::from_le_bytes([random[32], random[33]]) % 2048);
    answer.put(&[APPLICATION_DATA, 3, 3]);
    answer.sized(|data| {
        let start = data.0.len();
        data.0.resize(start + len, 0);
        rng.fill_bytes(&mut data.0[start..]);
    });
    let Build(mut answer) = answer;
    let proof = hash::hmac_sha256(secret, &[&client.random, &answer]);
    answer[RANDOM].copy_from_slice(&proof);
    answer
}

/// The server name in a client hello record, if it has one. Every length is checked against what is left.
pub(super) fn server_name(record: &[u8]) -> Option<&[u8]> {
    fn sized<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
        let (len, rest) = bytes.split_first_chunk()?;
        let (body, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
        *bytes = rest;
        Some(body)
    }
    let mut rest = record.get(SESSION_ID.end..)?;
    sized(&mut rest)?;
    let (compressions, after) = rest.split_first()?;
    rest = after.get(usize::from(*compressions)..)?;
    let mut extensions = sized(&mut rest)?;
    while let Some((kind, after)) = extensions.split_first_chunk::<2>() {
        extensions = after;
        let mut body = sized(&mut extensions)?;
        if *kind == [0, 0] {
            let mut list = sized(&mut body)?;
            let (0, after) = list.split_first()? else { return None };
            list = after;
            return sized(&mut list);
        }
    }
    None
}
