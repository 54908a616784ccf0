//! Which fields `Debug` does not show: whatever lets somebody log in, decrypt, pay or act for another.

/// Fields that are secret wherever they stand, but for [`OPEN`].
const EVERYWHERE: &[&str] = &[
    "api_hash",
    "authenticator_data",
    "autologin_token",
    "bot_auth_token",
    "digital_credential_payload",
    "encrypted_data",
    "encrypted_message",
    "encryption_iv",
    "encryption_key",
    "future_auth_token",
    "google_token",
    "invite_hash",
    "ios_push_secret",
    "iv",
    "key",
    "logout_tokens",
    "match_code",
    "native_params",
    "new_nonce",
    "new_password_hash",
    "password",
    "payment_token",
    "phone_code",
    "phone_code_hash",
    "play_integrity_token",
    "request_token",
    "safety_net_token",
    "secret",
    "secure_secret",
    "tmp_password",
    "token",
    "web_auth_token",
    "zoom_token",
];

/// Fields with such a name that hold no secret: names of texts and JSON members.
const OPEN: &[(&str, &str)] = &[
    ("jsonObjectValue", "key"),
    ("langPackString", "key"),
    ("langPackStringDeleted", "key"),
    ("langPackStringPluralized", "key"),
];

/// Fields that are secret in one definition only.
const HERE: &[(&str, &str)] = &[
    ("account.confirmPasswordEmail", "code"),
    ("account.sendConfirmPhoneCode", "hash"),
    ("auth.checkRecoveryPassword", "code"),
    ("auth.exportedAuthorization", "bytes"),
    ("auth.importAuthorization", "bytes"),
    ("auth.recoverPassword", "code"),
    ("chatInviteExported", "link"),
    ("emailVerificationCode", "code"),
    ("exportedContactToken", "url"),
    ("inputCheckPasswordSRP", "A"),
    ("inputCheckPasswordSRP", "M1"),
    ("inputPasskeyResponseLogin", "signature"),
    ("inputPaymentCredentials", "data"),
    ("messages.checkChatInvite", "hash"),
    ("messages.deleteExportedChatInvite", "link"),
    ("messages.editExportedChatInvite", "link"),
    ("messages.getChatInviteImporters", "link"),
    ("messages.getExportedChatInvite", "link"),
    ("messages.getExportedChatInvites", "offset_link"),
    ("messages.importChatInvite", "hash"),
    ("urlAuthResultAccepted", "url"),
    ("webViewResultUrl", "url"),
];

/// Whether a field, named as in the schema, must not be shown.
pub(crate) fn is_secret(definition: &str, field: &str) -> bool {
    if EVERYWHERE.binary_search(&field).is_ok() {
        return !OPEN.contains(&(definition, field));
    }
    HERE.contains(&(definition, field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_name_fields_that_exist() {
        assert!(EVERYWHERE.is_sorted() && OPEN.is_sorted() && HERE.is_sorted());
        let all = [crate::API_TL, crate::MTPROTO_TL, crate::SECRET_TL].concat();
        for field in EVERYWHERE {
            assert!(all.contains(&format!(" {field}:")), "{field}");
        }
        for (definition, field) in OPEN.iter().chain(HERE) {
            let line = all.lines().find(|line| line.starts_with(&format!("{definition}#")));
            assert!(line.is_some_and(|line| line.contains(&format!(" {field}:"))), "{definition} {field}");
        }
    }
}
