//! Key files, by way of the `pkcs1` and `der` crates.

use crypto_bigint::{Encoding, U1024, Uint};
use pkcs1::der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, UintRef};
use pkcs1::der::{Decode, Document, Encode, Reader, SecretDocument, SliceReader};
use pkcs1::{LineEnding, RsaPrivateKeyRef, RsaPublicKeyRef};
use zeroize::Zeroizing;

use super::private::Parts;
use super::{EXPONENT, RsaPrivateKey, RsaPublicKey};
use crate::Error;
use crate::bigint;

const PUBLIC: &str = "RSA PUBLIC KEY";
const PRIVATE: &str = "RSA PRIVATE KEY";
const X509: &str = "PUBLIC KEY";

/// rsaEncryption, the algorithm named in X.509 public keys.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

fn malformed<E>(_: E) -> Error {
    Error::RsaKey { reason: "the DER inside the PEM is malformed" }
}

fn not_pem<E>(_: E) -> Error {
    Error::RsaKey { reason: "the text is not PEM (lines between BEGIN and END of one key, nothing else)" }
}

fn unencodable<E>(_: E) -> Error {
    Error::RsaKey { reason: "it could not be encoded" }
}

pub(super) fn read_public(text: &str) -> Result<RsaPublicKey, Error> {
    let (label, document) = Document::from_pem(text).map_err(not_pem)?;
    match label {
        PUBLIC => public_from_der(document.as_bytes()),
        X509 => public_from_der(unwrap_x509(document.as_bytes())?),
        PRIVATE => Err(Error::RsaKey { reason: "this is a private key; give the public one" }),
        _ => Err(Error::RsaKey { reason: "the PEM holds neither an RSA PUBLIC KEY nor a PUBLIC KEY" }),
    }
}

fn public_from_der(der: &[u8]) -> Result<RsaPublicKey, Error> {
    let key = RsaPublicKeyRef::from_der(der).map_err(malformed)?;
    RsaPublicKey::from_parts(key.modulus.as_bytes(), key.public_exponent.as_bytes())
}

/// SubjectPublicKeyInfo: SEQUENCE { SEQUENCE { algorithm, NULL }, BIT STRING with the PKCS#1 key }.
fn unwrap_x509(der: &[u8]) -> Result<&[u8], Error> {
    let mut reader = SliceReader::new(der).map_err(malformed)?;
    let (algorithm, key) = reader
        .sequence(|body| -> Result<_, pkcs1::der::Error> {
            let algorithm = body.sequence(|inner| -> Result<ObjectIdentifier, pkcs1::der::Error> {
                let algorithm = ObjectIdentifier::decode(inner)?;
                AnyRef::decode(inner)?.decode_as::<pkcs1::der::asn1::Null>()?;
                Ok(algorithm)
            })?;
            Ok((algorithm, BitStringRef::decode(body)?))
        })
        .map_err(malformed)?;
    reader.finish().map_err(malformed)?;
    if algorithm != RSA_ENCRYPTION {
        return Err(Error::RsaKey { reason: "the PUBLIC KEY is not an RSA key" });
    }
    key.as_bytes().ok_or(Error::RsaKey { reason: "the DER inside the PEM is malformed" })
}

pub(super) fn write_public(key: &RsaPublicKey) -> Result<String, Error> {
    let exponent = EXPONENT.to_be_bytes();
    let encoded = RsaPublicKeyRef {
        modulus: UintRef::new(key.n()).map_err(unencodable)?,
        public_exponent: UintRef::new(&exponent).map_err(unencodable)?,
    };
    let document = Document::try_from(encoded.to_der().map_err(unencodable)?).map_err(unencodable)?;
    document.to_pem(PUBLIC, LineEnding::LF).map_err(unencodable)
}

/// A number of the file as a fixed-length one.
fn number<const LIMBS: usize>(value: UintRef<'_>) -> Result<Uint<LIMBS>, Error>
where
    Uint<LIMBS>: Encoding,
{
    let bytes = value.as_bytes();
    let start = Uint::<LIMBS>::BYTES.checked_sub(bytes.len());
    let start = start.ok_or(Error::RsaKey { reason: "it does not consist of two primes of 1024 bits" })?;
    let mut padded = Zeroizing::new(vec![0; Uint::<LIMBS>::BYTES]);
    padded[start..].copy_from_slice(bytes);
    Ok(Uint::from_be_slice(&padded))
}

pub(super) fn read_private(text: &str) -> Result<RsaPrivateKey, Error> {
    let (label, document) = SecretDocument::from_pem(text).map_err(not_pem)?;
    if label != PRIVATE {
        return Err(Error::RsaKey { reason: "the PEM does not hold an RSA PRIVATE KEY (PKCS#1)" });
    }
    let key = RsaPrivateKeyRef::from_der(document.as_bytes()).map_err(malformed)?;
    if key.other_prime_infos.is_some() {
        return Err(Error::RsaKey { reason: "it has more than two primes" });
    }
    let public = RsaPublicKey::from_parts(key.modulus.as_bytes(), key.public_exponent.as_bytes())?;
    let d = Zeroizing::new(number(key.private_exponent)?);
    let p: Zeroizing<U1024> = Zeroizing::new(number(key.prime1)?);
    let q: Zeroizing<U1024> = Zeroizing::new(number(key.prime2)?);
    RsaPrivateKey::from_numbers(public, &d, &p, &q)
}

pub(super) fn write_private(key: &RsaPrivateKey) -> Result<Zeroizing<String>, Error> {
    let parts = key.parts();
    let Parts { d, p, q, dp, dq, q_inverse } = &parts;
    let exponent = EXPONENT.to_be_bytes();
    let d = Zeroizing::new(bigint::to_bytes(d));
    let halves: [Zeroizing<[u8; 128]>; 5] = [p, q, dp, dq, q_inverse].map(|half| {
        let mut bytes = Zeroizing::new([0; 128]);
        bytes.copy_from_slice(half.to_be_bytes().as_ref());
        bytes
    });
    let [p, q, dp, dq, q_inverse] = &halves;
    let encoded = RsaPrivateKeyRef {
        modulus: UintRef::new(key.public().n()).map_err(unencodable)?,
        public_exponent: UintRef::new(&exponent).map_err(unencodable)?,
        private_exponent: UintRef::new(&*d).map_err(unencodable)?,
        prime1: UintRef::new(&**p).map_err(unencodable)?,
        prime2: UintRef::new(&**q).map_err(unencodable)?,
        exponent1: UintRef::new(&**dp).map_err(unencodable)?,
        exponent2: UintRef::new(&**dq).map_err(unencodable)?,
        coefficient: UintRef::new(&**q_inverse).map_err(unencodable)?,
        other_prime_infos: None,
    };
    let document = SecretDocument::encode_msg(&encoded).map_err(unencodable)?;
    document.to_pem(PRIVATE, LineEnding::LF).map_err(unencodable)
}
