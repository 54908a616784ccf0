//! Holds every error that a test meets against `schema/methods.tsv`, so that clients are never told what no client
//! expects.

use std::collections::HashMap;
use std::sync::OnceLock;

use chappe_mtproto::rpc::RpcError;

const METHODS: &str = include_str!("../../../../schema/methods.tsv");

/// What the list leaves out, with the reason.
const JUSTIFIED: &[(&str, &str, &str)] = &[
    ("*", "400 CDN_METHOD_INVALID", "listed for a few; at the CDN every other method is refused"),
    ("*", "401 AUTH_KEY_PERM_EMPTY", "any method, with a temporary key that is not bound"),
    ("*", "401 AUTH_KEY_UNREGISTERED", "any method that wants a login"),
    ("*", "401 SESSION_REVOKED", "any method that wants a login, after another device has ended it"),
    ("*", "400 BOT_METHOD_INVALID", "any method for people"),
    ("*", "400 INPUT_FETCH_ERROR", "any query that cannot be read"),
    ("*", "420 FLOOD_WAIT_%d", "any method, when it is called too often"),
    ("*", "303 FILE_MIGRATE_%d", "any method that names a file of another data centre"),
    ("*", "303 PHONE_MIGRATE_%d", "any method of a login that names a number"),
    ("*", "303 USER_MIGRATE_%d", "any method, where the account is not at home"),
    ("*", "400 METHOD_NOT_IMPLEMENTED", "our own: this server does not have everything"),
    ("*", "500 MSG_WAIT_FAILED", "any method after invokeAfterMsg"),
    ("account.deleteAccount", "400 SRP_ID_INVALID", "as checkPassword, which lists it"),
    ("account.getPasswordSettings", "400 SRP_ID_INVALID", "as checkPassword, which lists it"),
    ("account.getTmpPassword", "400 SRP_ID_INVALID", "as checkPassword, which lists it"),
    ("auth.checkRecoveryPassword", "400 CODE_INVALID", "as confirmPasswordEmail, which lists it"),
    ("auth.recoverPassword", "400 CODE_INVALID", "as confirmPasswordEmail, which lists it"),
    ("auth.recoverPassword", "400 PASSWORD_RECOVERY_EXPIRED", "as checkRecoveryPassword, which lists it"),
    ("auth.signIn", "401 SESSION_PASSWORD_NEEDED", "the list holds no 401; every client expects it here"),
    ("account.sendChangePhoneCode", "406 PHONE_PASSWORD_FLOOD", "as sendCode, which lists it"),
    ("auth.resendCode", "406 PHONE_PASSWORD_FLOOD", "as sendCode, which lists it"),
    ("account.sendChangePhoneCode", "400 PHONE_NUMBER_FLOOD", "as sendCode, which lists it"),
    ("auth.exportLoginToken", "401 SESSION_PASSWORD_NEEDED", "as signIn"),
    ("auth.importLoginToken", "401 SESSION_PASSWORD_NEEDED", "as signIn"),
    ("auth.resendCode", "400 PHONE_NUMBER_FLOOD", "as sendCode, which lists it"),
    ("upload.getCdnFile", "400 LIMIT_INVALID", "as getFile, which lists it"),
    ("upload.getCdnFile", "400 OFFSET_INVALID", "as getFile, which lists it"),
    ("messages.acceptEncryption", "400 DH_G_A_INVALID", "the list names no error for a bad g_b"),
    ("messages.sendEncrypted", "403 USER_DELETED", "as sendEncryptedService, which lists it"),
    ("messages.sendEncryptedFile", "400 DATA_INVALID", "as sendEncrypted, which lists it"),
    ("messages.sendEncryptedFile", "403 USER_DELETED", "as sendEncryptedService, which lists it"),
    ("messages.sendEncryptedFile", "403 USER_IS_BLOCKED", "as sendEncrypted, which lists it"),
    ("messages.uploadEncryptedFile", "400 FILE_EMTPY", "the file errors of sendEncryptedFile"),
    ("messages.uploadEncryptedFile", "400 FILE_PARTS_INVALID", "the file errors of sendEncryptedFile"),
    ("messages.uploadEncryptedFile", "400 FILE_PART_%d_MISSING", "the file errors of sendEncryptedFile"),
    ("messages.uploadEncryptedFile", "400 MD5_CHECKSUM_INVALID", "the file errors of sendEncryptedFile"),
    ("messages.sendMedia", "400 FILE_PART_%d_MISSING", "general errors of methods that take uploaded files"),
    ("messages.uploadMedia", "400 EMOTICON_INVALID", "as sendMedia, which lists it"),
    (
        "messages.uploadMedia",
        "400 FILE_PART_%d_MISSING",
        "general errors of methods that take uploaded files",
    ),
    ("messages.uploadMedia", "400 FILE_REFERENCE_EMPTY", "as sendMedia, which lists it"),
    ("messages.uploadMedia", "400 FILE_REFERENCE_EXPIRED", "as sendMedia, which lists it"),
    ("messages.uploadMedia", "400 MD5_CHECKSUM_INVALID", "as sendMedia, which lists it"),
    ("messages.uploadMedia", "400 MEDIA_EMPTY", "as sendMedia, which lists it"),
    ("messages.uploadMedia", "400 TTL_MEDIA_INVALID", "as sendMedia, which lists it"),
];

fn methods() -> &'static HashMap<u32, (&'static str, Vec<&'static str>)> {
    static LISTED: OnceLock<HashMap<u32, (&'static str, Vec<&'static str>)>> = OnceLock::new();
    LISTED.get_or_init(|| {
        let errors: HashMap<&str, Vec<&str>> = METHODS
            .lines()
            .map(|line| {
                let mut columns = line.split('\t');
                let name = columns.next().unwrap_or("");
                (name, columns.nth(1).unwrap_or("").split(',').filter(|error| !error.is_empty()).collect())
            })
            .collect();
        let functions = chappe_api::API_TL.split("---functions---").nth(1).unwrap_or("");
        functions
            .lines()
            .filter_map(|line| {
                let (name, id) = line.split(' ').next()?.split_once('#')?;
                let listed = errors.get(name).cloned().unwrap_or_default();
                Some((u32::from_str_radix(id, 16).ok()?, (name, listed)))
            })
            .collect()
    })
}

/// Whether `error` is an instance of `pattern`, in which `%d` stands for digits.
fn is_instance(pattern: &str, error: &str) -> bool {
    let Some((before, after)) = pattern.split_once("%d") else { return pattern == error };
    let number = error.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Panics if the method with this id may not give this error.
pub fn assert_listed(method: u32, error: &RpcError) {
    let Some((name, listed)) = methods().get(&method) else { return };
    let error = format!("{} {}", error.code, error.text());
    let justified = JUSTIFIED.iter().filter(|(method, ..)| *method == "*" || method == name);
    let known = listed.iter().copied().chain(justified.map(|(_, pattern, _)| *pattern));
    let mut known = known.filter(|pattern| is_instance(pattern, &error));
    assert!(known.next().is_some(), "{name} gave {error}, which schema/methods.tsv does not list for it");
}

#[test]
fn patterns_match_numbers_only() {
    assert!(is_instance("400 FILE_PART_%d_MISSING", "400 FILE_PART_17_MISSING"));
    assert!(!is_instance("400 FILE_PART_%d_MISSING", "400 FILE_PART__MISSING"));
    assert!(!is_instance("400 FILE_PART_%d_MISSING", "400 FILE_PART_X_MISSING"));
    assert!(is_instance("400 CHAT_ID_INVALID", "400 CHAT_ID_INVALID"));
}
