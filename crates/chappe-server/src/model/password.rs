//! Passwords of two-step verification: how they are asked for, shown and judged.
//!
//! Source: <https://core.telegram.org/api/srp>

use chappe_api::enums::{InputCheckPasswordSrp, PasswordKdfAlgo};
use chappe_api::{enums, types};
use chappe_crypto::srp::{SrpAlgorithm, SrpChallenge};
use rand::RngExt;
use types::PasswordKdfAlgoSha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow as SrpKdf;
use zeroize::Zeroizing;

use crate::call::Call;
use crate::limits::HINT_LEN;
use crate::methods::errors::{Answer, bad_request, flood_wait, internal};
use crate::store::{NewPassword, PasswordRow, SrpChallengeRow};

/// Digits of a code sent by mail.
pub(crate) const CODE_LEN: usize = 6;
/// Random bytes that a client puts behind the first salt: all known clients take 32.
const SALT_SUFFIX: std::ops::RangeInclusive<usize> = 8..=64;

fn kdf(call: &Call, salt1: Vec<u8>, salt2: Vec<u8>) -> PasswordKdfAlgo {
    let p = call.world.dh.p().to_vec();
    PasswordKdfAlgo::Sha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow(
        SrpKdf { salt1, salt2, g: call.world.dh.g(), p }.into(),
    )
}

fn algorithm(call: &Call, password: &PasswordRow) -> SrpAlgorithm {
    SrpAlgorithm::new(&password.salt1, &password.salt2, call.world.dh.clone())
}

/// A code for a mail.
pub(crate) fn code(call: &Call) -> String {
    call.world.rng.with(|rng| (0..CODE_LEN).map(|_| char::from(rng.random_range(b'0'..=b'9'))).collect())
}

/// "Sends" a code by mail: there is no mail, so it is in the log and with whoever asks the server for it.
pub(crate) fn mail(call: &Call, address: &str, code: &str, expires_at: i64) {
    if call.world.log_codes {
        tracing::info!(code, "code for {address}");
    }
    call.world.remember_code(address, code, expires_at);
}

/// The error that says how long the code is that was sent to a new address.
pub(crate) fn unconfirmed() -> chappe_mtproto::rpc::RpcError {
    bad_request(&format!("EMAIL_UNCONFIRMED_{CODE_LEN}"))
}

/// What an account is told of its password, with a fresh challenge if it has one.
pub(crate) async fn see(call: &Call, user_id: i64) -> Answer<types::account::Password> {
    let store = call.store();
    let password = store.password(user_id).await?;
    let unconfirmed = store.unconfirmed_email(user_id, call.unix()).await?;
    let login_email = store.login_email(user_id, call.unix()).await?;
    let (salt1, salt2) = call.world.access.password_salts(user_id);
    let (mut secure_salt, mut secure_random) = (vec![0; 8], vec![0; 256]);
    call.world.rng.fill(&mut secure_salt);
    call.world.rng.fill(&mut secure_random);
    let mut seen = types::account::Password {
        has_recovery: password.as_ref().is_some_and(|password| !password.email.is_empty()),
        has_secure_values: false,
        has_password: password.is_some(),
        current_algo: None,
        srp_b: None,
        srp_id: None,
        hint: None,
        email_unconfirmed_pattern: unconfirmed.as_deref().map(super::email::pattern),
        new_algo: kdf(call, salt1, salt2),
        new_secure_algo: types::SecurePasswordKdfAlgoPbkdf2Hmacsha512iter100000 { salt: secure_salt }.into(),
        secure_random,
        pending_reset_date: None,
        login_email_pattern: login_email.map(|known| super::email::pattern(&known.email)),
    };
    if let Some(password) = password {
        let (id, srp_b) = challenge(call, user_id, &password).await?;
        seen.current_algo = Some(kdf(call, password.salt1.clone(), password.salt2.clone()));
        seen.srp_b = Some(srp_b);
        seen.srp_id = Some(id);
        seen.hint = Some(password.hint.clone()).filter(|hint| !hint.is_empty());
        let reset_at = (password.reset_at != 0).then_some(password.reset_at);
        seen.pending_reset_date = reset_at.and_then(|at| i32::try_from(at).ok());
    }
    Ok(seen)
}

async fn challenge(call: &Call, user_id: i64, password: &PasswordRow) -> Answer<(i64, Vec<u8>)> {
    let algorithm = algorithm(call, password);
    let mut rng = call.world.rng.fork();
    let id: i64 = rng.random();
    let verifier = Zeroizing::new(password.verifier.clone());
    // Two long exponentiations: not on a thread of the runtime.
    let made = tokio::task::spawn_blocking(move || SrpChallenge::new(&algorithm, &verifier, &mut rng)).await;
    let Ok(Ok(challenge)) = made else {
        tracing::error!("a question for a password could not be made");
        return Err(internal());
    };
    let row = SrpChallengeRow {
        id,
        auth_key_id: call.device,
        user_id,
        version: password.version,
        secret: challenge.secret().to_vec(),
    };
    call.store().put_srp_challenge(&row, call.unix()).await?;
    Ok((id, challenge.srp_b().to_vec()))
}

/// Judges what a client shows for the password of an account. An account without one needs nothing.
pub(crate) async fn verify(call: &Call, user_id: i64, proof: &InputCheckPasswordSrp) -> Answer<()> {
    let store = call.store();
    let wrong = || bad_request("PASSWORD_HASH_INVALID");
    let (password, proof) = match (store.password(user_id).await?, proof) {
        (None, InputCheckPasswordSrp::Empty) => return Ok(()),
        // It was removed after the client had asked.
        (None, InputCheckPasswordSrp::Srp(_)) => return Err(bad_request("SRP_PASSWORD_CHANGED")),
        (Some(_), InputCheckPasswordSrp::Empty) => return Err(wrong()),
        (Some(password), InputCheckPasswordSrp::Srp(proof)) => (password, proof),
    };
    let challenge = store.take_srp_challenge(proof.srp_id, call.device, user_id).await?;
    let challenge = challenge.ok_or_else(|| bad_request("SRP_ID_INVALID"))?;
    if challenge.version != password.version {
        return Err(bad_request("SRP_PASSWORD_CHANGED"));
    }
    if let Some(seconds) = store.take_password_try(user_id, call.unix()).await? {
        return Err(flood_wait(seconds));
    }
    let algorithm = algorithm(call, &password);
    let (a, m1) = (proof.a.clone(), proof.m1.clone());
    let judged = tokio::task::spawn_blocking(move || {
        let secret = challenge.secret.first_chunk().ok_or(chappe_crypto::Error::DhPublicValue)?;
        SrpChallenge::restore(&algorithm, &password.verifier, secret)?.verify(&a, &m1)
    });
    // A useless A and a wrong proof look the same.
    match judged.await {
        Ok(Ok(())) => Ok(store.password_was_right(user_id).await?),
        Ok(Err(_)) => Err(wrong()),
        Err(_) => Err(internal()),
    }
}

/// What a client wants to become of the password.
pub(crate) enum Wish {
    Keep,
    Remove,
    Set(NewPassword),
}

/// Reads the part of the settings that is about the password itself.
pub(crate) fn wish(
    call: &Call,
    user_id: i64,
    settings: &types::account::PasswordInputSettings,
) -> Answer<Wish> {
    let invalid = || bad_request("NEW_SETTINGS_INVALID");
    // Telegram Passport is not served: what cannot be kept is not taken.
    if settings.new_secure_settings.is_some() {
        return Err(invalid());
    }
    let hash = settings.new_password_hash.as_deref().unwrap_or_default();
    let kdf = match &settings.new_algo {
        None => return Ok(Wish::Keep),
        Some(PasswordKdfAlgo::Unknown) if hash.is_empty() => return Ok(Wish::Remove),
        Some(PasswordKdfAlgo::Unknown) => return Err(invalid()),
        Some(PasswordKdfAlgo::Sha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow(kdf)) => kdf,
    };
    let (salt1, salt2) = call.world.access.password_salts(user_id);
    let suffix = kdf.salt1.strip_prefix(salt1.as_slice()).ok_or_else(|| bad_request("NEW_SALT_INVALID"))?;
    if !SALT_SUFFIX.contains(&suffix.len()) || kdf.salt2 != salt2 {
        return Err(bad_request("NEW_SALT_INVALID"));
    }
    if kdf.g != call.world.dh.g() || kdf.p != call.world.dh.p() {
        return Err(invalid());
    }
    let algorithm = SrpAlgorithm::new(&kdf.salt1, &kdf.salt2, call.world.dh.clone());
    let verifier = algorithm.check_verifier(hash).map_err(|_| invalid())?.to_vec();
    let hint = settings.hint.clone().unwrap_or_default();
    if hint.chars().count() > HINT_LEN {
        return Err(invalid());
    }
    Ok(Wish::Set(NewPassword {
        version: version(call),
        salt1: kdf.salt1.clone(),
        salt2: kdf.salt2.clone(),
        verifier,
        hint,
    }))
}

/// The name of one state of a password.
pub(crate) fn version(call: &Call) -> i64 {
    call.world.rng.with(|rng| rng.random())
}

/// The settings that only the password opens.
pub(crate) fn settings(password: Option<&PasswordRow>) -> types::account::PasswordSettings {
    let email = password.map(|password| password.email.clone()).filter(|email| !email.is_empty());
    types::account::PasswordSettings { email, secure_settings: None }
}

/// Where a recovery code goes.
pub(crate) fn recovery(email: &str) -> types::auth::PasswordRecovery {
    types::auth::PasswordRecovery { email_pattern: super::email::pattern(email) }
}

/// What a request for a reset came to.
pub(crate) fn waits(until: i64) -> enums::account::ResetPasswordResult {
    types::account::ResetPasswordRequestedWait { until_date: i32::try_from(until).unwrap_or(i32::MAX) }.into()
}
